// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "nexmark/formats.hpp"
#include "nexmark/input.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace nexmark;
using namespace std::chrono_literals;

namespace {

template <typename Event>
std::uint64_t hash_of(const std::vector<Event>& events) {
    std::string text;
    for (const Event& event : events) append_line(text, event, Format::csv);
    return weir::stable_hash(text);
}
template <typename Event>
bool same(const std::vector<Event>& a, const std::vector<Event>& b) { return hash_of(a) == hash_of(b); }

double share(const std::vector<Bid>& bids, auto&& pred) {
    return static_cast<double>(std::count_if(bids.begin(), bids.end(), pred)) / static_cast<double>(bids.size());
}

} // namespace

TEST_CASE("of 50 events one is a person, 3 are auctions, 46 are bids, and ids follow each other") {
    const Input input = generate({.events = 5'000});
    REQUIRE(input.persons.size() == 100);
    REQUIRE(input.auctions.size() == 300);
    REQUIRE(input.bids.size() == 4'600);
    for (std::size_t i = 0; i < input.persons.size(); ++i) CHECK(input.persons[i].id == 1'000 + static_cast<Id>(i));
    for (std::size_t i = 0; i < input.auctions.size(); ++i) CHECK(input.auctions[i].id == 1'000 + static_cast<Id>(i));
    CHECK(input.persons[1].date_time - input.persons[0].date_time == 5ms); // 50 events at 10,000 a second
    CHECK(input.disorder == 0s);
    CHECK(generate({.events = 53}).auctions.size() == 5);
    CHECK(generate({.events = 0}).size() == 0);
}

TEST_CASE("the same seed gives the same events on every machine, another seed others") {
    const Input input = generate({.events = 20'000, .seed = 42});
    CHECK(hash_of(input.persons) == 0xc2f909e68996fabc);
    CHECK(hash_of(input.auctions) == 0xcbe1024e8adb2eb1);
    CHECK(hash_of(input.bids) == 0x1d1908fa9cdf296b);
    CHECK(same(input.bids, generate({.events = 20'000, .seed = 42}).bids));
    CHECK_FALSE(same(input.bids, generate({.events = 20'000, .seed = 43}).bids));
}

TEST_CASE("more events begin with the same ones") {
    const Input few = generate({.events = 1'000}), many = generate({.events = 3'000});
    CHECK(same(few.bids, {many.bids.begin(), many.bids.begin() + static_cast<std::ptrdiff_t>(few.bids.size())}));
    CHECK(same(few.auctions, {many.auctions.begin(), many.auctions.begin() + static_cast<std::ptrdiff_t>(few.auctions.size())}));
}

TEST_CASE("half of the bids go to hot auctions and three in four come from hot bidders") {
    const Input input = generate({.events = 200'000}); // has the texts that the bids look into
    const std::vector<Bid>& bids = input.bids;
    CHECK(share(bids, [](const Bid& bid) { return bid.auction % 100 == 0; }) == Approx(0.505).margin(0.01));
    CHECK(share(bids, [](const Bid& bid) { return bid.bidder % 100 == 1; }) == Approx(0.7525).margin(0.01));
    CHECK(share(bids, [](const Bid& bid) { return not bid.channel.starts_with("channel-"); }) == Approx(0.5).margin(0.01));
    CHECK(share(bids, [](const Bid& bid) { return bid.url.find("&channel_id=") != bid.url.npos; }) == Approx(0.45).margin(0.02));
    CHECK(generate({.events = 200'000, .hot_auctions = 1}).bids[100'000].auction % 100 != 0); // none is hot then, but by chance
}

TEST_CASE("prices are from 1.00 to 1,000,000.00, and as many in each power of ten") {
    const Input input = generate({.events = 200'000}); // has the texts that the bids look into
    const std::vector<Bid>& bids = input.bids;
    for (std::int64_t from = 100; from < 100'000'000; from *= 10)
        CHECK(share(bids, [from](const Bid& bid) { return bid.price >= from && bid.price < 10 * from; }) == Approx(1.0 / 6).margin(0.01));
    CHECK(std::all_of(bids.begin(), bids.end(), [](const Bid& bid) { return bid.price >= 100 && bid.price <= 100'000'000; }));
    const double logs = std::accumulate(bids.begin(), bids.end(), 0.0, [](double sum, const Bid& bid) { return sum + std::log10(bid.price); });
    CHECK(logs / static_cast<double>(bids.size()) == Approx(5).margin(0.02));
}

TEST_CASE("extra text fills an event up to its size") {
    const Input input = generate({.events = 200'000});
    double bytes = 0;
    for (const Bid& bid : input.bids) bytes += 32 + static_cast<double>(bid.extra.size());
    CHECK(bytes / static_cast<double>(input.bids.size()) == Approx(100).margin(1.5));
    bytes = 0;
    for (const Auction& a : input.auctions) bytes += 48 + static_cast<double>(a.item_name.size() + a.description.size() + a.extra.size());
    CHECK(bytes / static_cast<double>(input.auctions.size()) == Approx(500).margin(5));
}

TEST_CASE("an auction is on average open until a hundred others have begun") {
    const Input input = generate({.events = 200'000});
    double sum = 0;
    for (const Auction& auction : input.auctions) {
        CHECK(auction.expires > auction.date_time);
        CHECK(auction.reserve > auction.initial_bid);
        CHECK((auction.category >= 10 && auction.category < 15));
        sum += static_cast<double>((auction.expires - auction.date_time).count());
    }
    CHECK(sum / static_cast<double>(input.auctions.size()) == Approx(166.6).margin(3)); // 1,666 events at 10,000 a second
    CHECK(input.longest <= 2 * 167ms + 1ms);
}

TEST_CASE("shuffled events are the same events in another order, not far from their place") {
    const Input ordered = generate({.events = 10'000}), shuffled = generate({.events = 10'000, .shuffled = 100});
    CHECK(shuffled.disorder > 5ms);
    CHECK(shuffled.disorder <= 10ms);
    CHECK(shuffled.disorder <= Generator({.events = 10'000, .shuffled = 100}).disorder());
    const auto prices = [](const Input& input) {
        std::multiset<std::pair<Time, std::int64_t>> all;
        for (const Bid& bid : input.bids) all.insert({bid.date_time, bid.price});
        return all;
    };
    CHECK(prices(ordered) == prices(shuffled));
    CHECK_FALSE(same(ordered.bids, shuffled.bids));
}

TEST_CASE("what means nothing is refused") {
    CHECK_THROWS_AS(Generator({.rate = 0}), std::invalid_argument);
    CHECK_THROWS_AS(Generator({.shuffled = 0}), std::invalid_argument);
    CHECK_THROWS_AS(Generator({.shuffled = 2 * 953}), std::invalid_argument);
    CHECK_THROWS_AS(Generator({.auctions = 0}), std::invalid_argument);
}
