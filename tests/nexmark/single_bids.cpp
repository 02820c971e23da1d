// SPDX-License-Identifier: BSL-1.0
#include "nexmark/agree.hpp"

using namespace nexmark_test;

namespace {

constexpr auto make_q0 = [](auto bids, const Input&) { return q0(std::move(bids)); };
constexpr auto make_q1 = [](auto bids, const Input&) { return q1(std::move(bids)); };
constexpr auto make_q2 = [](auto bids, const Input&) { return q2(std::move(bids)); };
constexpr auto make_q10 = [](auto bids, const Input&) { return q10(std::move(bids)); };
constexpr auto make_q14 = [](auto bids, const Input&) { return q14(std::move(bids)); };
constexpr auto make_q21 = [](auto bids, const Input&) { return q21(std::move(bids)); };
constexpr auto make_q22 = [](auto bids, const Input&) { return q22(std::move(bids)); };

} // namespace

TEST_CASE("the queries that look at one bid at a time are what their oracles say however they are run") {
    agrees<Untimed>(make_q0, oracle_q0);
    agrees<Untimed>(make_q1, oracle_q1);
    agrees<Untimed>(make_q2, oracle_q2);
    agrees<Untimed>(make_q10, oracle_q10);
    agrees<Untimed>(make_q14, oracle_q14);
    agrees<Untimed>(make_q21, oracle_q21);
    agrees<Untimed>(make_q22, oracle_q22);
}

TEST_CASE("the queries that look at one bid at a time always write the same") {
    always_writes("301bbabffa044a86", make_q0);
    always_writes("c406a1cc776cea2d", make_q1);
    always_writes("fd070df364f3053c", make_q2);
    always_writes("4ba0a4ff490ab046", make_q10);
    always_writes("54399898e50bc9f3", make_q14);
    always_writes("856bb227aed63e6f", make_q21);
    always_writes("cbb117b1fdcb122c", make_q22);
}

TEST_CASE("the queries that look at one bid at a time on a million events", "[soak]") {
    agrees_on_a_million(make_q0, oracle_q0);
    agrees_on_a_million(make_q1, oracle_q1);
    agrees_on_a_million(make_q2, oracle_q2);
    agrees_on_a_million(make_q10, oracle_q10);
    agrees_on_a_million(make_q14, oracle_q14);
    agrees_on_a_million(make_q21, oracle_q21);
    agrees_on_a_million(make_q22, oracle_q22);
}

TEST_CASE("Q2 can ask for other auctions") {
    const Input input = generate({.events = 1'000});
    const std::vector<Id> wanted{1007, 1020, 2001, 2019, 2087}; // as the query was at first
    std::size_t n = 0;
    for (const Bid& bid : input.bids) n += bid.auction == 1007 || bid.auction == 1020;
    const auto is_wanted = [&wanted](Id auction) { return std::find(wanted.begin(), wanted.end(), auction) != wanted.end(); };
    CHECK(n > 0);
    CHECK(lines_of(q2(weir::from(input.bids), is_wanted)).size() == n);
}

TEST_CASE("Q14 tells the parts of the day") {
    using namespace std::chrono_literals;
    const Time midnight = std::chrono::sys_days(std::chrono::year(2015) / 7 / 15);
    CHECK(time_type(midnight) == "nightTime");
    CHECK(time_type(midnight + 7h - 1ms) == "nightTime");
    CHECK(time_type(midnight + 7h) == "otherTime");
    CHECK(time_type(midnight + 8h) == "dayTime");
    CHECK(time_type(midnight + 19h - 1ms) == "dayTime");
    CHECK(time_type(midnight + 19h) == "otherTime");
    CHECK(time_type(midnight + 20h) == "nightTime");
}

TEST_CASE("Q21 finds the channel's id where it has one") {
    const auto id_of = [](Text channel, Text url) { return channel_id_of({.channel = channel, .url = url}); };
    CHECK(id_of("aPPle", "") == "0");
    CHECK(id_of("channel-1", "https://a/?query=1&channel_id=7&x=1") == "7");
    CHECK(id_of("channel-1", "channel_id=7") == "7");
    CHECK(id_of("channel-1", "https://a/?query=1&channel_id=") == "");
    CHECK(id_of("channel-1", "https://a/?xchannel_id=1&channel_id=2") == "2");
    CHECK_FALSE(id_of("channel-1", "https://a/?channel_id=7"));
    CHECK_FALSE(id_of("apples", "https://a/"));
}

TEST_CASE("Q22 gives empty directories where a url has fewer") {
    for (const auto& [url, expected] : {std::pair("https://a/b/c/d/e", "b,c,d"), {"https://a/b", "b,,"}, {"https://a", ",,"}, {"", ",,"}, {"https://a//c/", ",c,"}}) {
        const std::vector<Bid> bids{{.url = url}};
        CHECK(lines_of(q22(weir::from(bids))) == Lines{std::string("0,0,0,,") + expected + "\n"});
    }
}
