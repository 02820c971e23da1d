// SPDX-License-Identifier: BSL-1.0
// Nexmark's queries as another engine's tests have them: what they give in the end for a small input, in any order.
#include "catch.hpp"
#include "conformance/replay.hpp"
#include "conformance/features.hpp"

#include "nexmark/queries.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace conformance;
using namespace nexmark;

namespace {

Time at_ms(const Json& ms) { return Time(std::chrono::milliseconds(ms.integer())); }
std::int64_t ms(Time time) { return time.time_since_epoch().count(); }

/// The input that the cases name; its texts lie in the file's.
struct Data {
    Json file;
    std::vector<Person> persons{};
    std::vector<Auction> auctions{};
    std::vector<Bid> bids{};
    weir::Duration longest{};

    explicit Data(Json json) : file(std::move(json)) {
        for (const Json& p : file["person"].elements()) {
            Person& person = persons.emplace_back();
            person.id = p["id"].integer();
            person.name = p["name"].string();
            person.city = p["city"].string();
            person.state = p["state"].string();
            person.date_time = at_ms(p["ts"]);
        }
        for (const Json& a : file["auction"].elements()) {
            Auction& auction = auctions.emplace_back();
            auction.id = a["id"].integer();
            auction.initial_bid = a["initial_bid"].integer();
            auction.reserve = a["reserve"].integer();
            auction.date_time = at_ms(a["ts"]);
            auction.expires = at_ms(a["expires"]);
            auction.seller = a["seller"].integer();
            auction.category = a["category"].integer();
            longest = std::max<weir::Duration>(longest, auction.expires - auction.date_time);
        }
        for (const Json& b : file["bid"].elements()) {
            Bid& bid = bids.emplace_back();
            bid.auction = b["auction"].integer();
            bid.bidder = b["bidder"].integer();
            bid.price = b["price"].integer();
            bid.channel = b["channel"].string();
            bid.url = b["url"].string();
            bid.date_time = at_ms(b["ts"]);
            bid.extra = b["extra"].string();
        }
    }
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;
};

/// A file that a case names lies beside the file of the cases, or beside ours.
Json read_json(const std::string& name) {
    std::string path = folder_of(*case_file()) + name;
    if (not is_there(path)) path = folder_of(own_case_file()) + name;
    std::ifstream stream(path);
    if (not stream) throw std::runtime_error("cannot read " + path);
    return Json::parse(std::string(std::istreambuf_iterator<char>(stream), {}));
}

Json json(std::int64_t n) { return Json(n); }
Json json(std::uint64_t n) { return Json(static_cast<std::int64_t>(n)); }
Json json(double d) { return Json::real(d); }
Json json(Decimal d) { return Json::real(static_cast<double>(d.thousandths) / 1000); }
Json json(Time time) { return Json(ms(time)); }
Json json(Text text) { return Json(std::string(text)); }

template <typename... Values>
Json row(const Values&... values) { return Json::list({json(values)...}); }

Json row_of(const BidStatistics& s) {
    return row(s.total_bids, s.rank1_bids, s.rank2_bids, s.rank3_bids, s.total_bidders, s.rank1_bidders, s.rank2_bidders, s.rank3_bidders,
               s.total_auctions, s.rank1_auctions, s.rank2_auctions, s.rank3_auctions);
}

template <typename Pipeline, typename Fn>
Lines given(Pipeline results, Fn row_from) {
    Lines lines;
    weir::run(std::move(results) | weir::for_each([&](const auto& result) {
                  Json entry = Json::object();
                  entry.member("value") = row_from(result);
                  lines.push_back(entry.text());
              }));
    std::sort(lines.begin(), lines.end());
    return lines;
}

Lines run_query(const std::string& query, const Data& in) {
    const auto bids = [&] { return weir::from(in.bids); };
    const auto auctions = [&] { return weir::from(in.auctions); };
    const auto persons = [&] { return weir::from(in.persons); };
    const weir::Duration ordered{};
    if (query == "q1") return given(q1(bids()), [](const auto& r) { return row(r.auction, r.bidder, r.price, r.date_time); });
    if (query == "q2") {
        const auto wanted = [](Id auction) { return auction == 1007 || auction == 1020 || auction == 2001 || auction == 2019 || auction == 2087; };
        return given(q2(bids(), wanted), [](const auto& r) { return row(r.auction, r.price); });
    }
    if (query == "q3") {
        const auto near = [](Text state) { return state == "or" || state == "id" || state == "ca"; };
        return given(q3(auctions(), persons(), ordered, near), [](const auto& r) { return row(r.name, r.city, r.state, r.id); });
    }
    if (query == "q4") return given(q4(auctions(), bids(), ordered, in.longest), [](const auto& r) { return row(r.category, r.average); });
    if (query == "q5") return given(q5(bids(), ordered), [](const auto& r) { return row(r.auction, r.num); });
    if (query == "q7") return given(q7(bids(), ordered), [](const auto& r) { return row(r.auction, r.price, r.bidder, r.date_time); });
    if (query == "q8") return given(q8(persons(), auctions(), ordered), [](const auto& r) { return row(r.id, r.name, r.start_time); });
    if (query == "q9")
        return given(q9(auctions(), bids(), ordered, in.longest),
                     [](const auto& r) { return row(r.sold.id, r.sold.seller, r.sold.category, r.bidder, r.price, r.bid_date_time); });
    if (query == "q14")
        return given(q14(bids()), [](const auto& r) { return row(r.auction, r.bidder, r.price, r.bid_time_type, r.date_time, r.c_counts); });
    if (query == "q15") return given(q15(bids(), ordered), [](const auto& r) { return row_of(r.statistics); });
    if (query == "q16")
        return given(q16(bids(), ordered), [](const auto& r) {
            std::vector<Json> all = row_of(r.statistics).elements();
            all.insert(all.begin(), json(r.channel));
            return Json::list(std::move(all));
        });
    if (query == "q17")
        return given(q17(bids(), ordered), [](const auto& r) {
            const auto& s = r.statistics;
            return row(r.auction, s.total_bids, s.rank1_bids, s.rank2_bids, s.rank3_bids, s.min_price, s.max_price, s.avg_price, s.sum_price);
        });
    if (query == "q18") return given(q18(bids()), [](const auto& r) { return row(r.auction, r.bidder, r.price, r.channel, r.date_time); });
    if (query == "q19")
        return given(q19(bids()), [](const auto& r) {
            return row(r.bid.auction, r.bid.bidder, r.bid.price, r.bid.channel, r.bid.date_time, r.rank_number);
        });
    if (query == "q20")
        return given(q20(bids(), auctions(), ordered), [](const auto& r) { return row(r.auction, r.bidder, r.price, r.bid_date_time, r.seller); });
    if (query == "q21") return given(q21(bids()), [](const auto& r) { return row(r.auction, r.bidder, r.price, r.channel, r.channel_id); });
    return given(q22(bids()), [](const auto& r) { return row(r.auction, r.bidder, r.price, r.channel, r.dir1, r.dir2, r.dir3); });
}

} // namespace

TEST_CASE("the queries of Nexmark") {
    for (const Case& c : cases_of({"nexmark"})) {
        const Data data(read_json(c.input.at(0)["ref"].string()));
        const Lines expected = expected_lines(c);
        judge(c, difference(c, expected, run_query(c.params["query"].string(), data), {}, true));

        Case wrong = c; // a row more is noticed
        wrong.expected.push_back(wrong.expected.at(0));
        CHECK_FALSE(difference(wrong, expected_lines(wrong), run_query(c.params["query"].string(), data), {}, true).empty());
    }
}
