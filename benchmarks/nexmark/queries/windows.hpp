// SPDX-License-Identifier: BSL-1.0
// The queries with windows over bids: Q5, Q7, Q11, Q12. A window's results come when the watermark has reached its end.
#pragma once
#include "nexmark/values.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace nexmark {

[[nodiscard]] constexpr Time to_time(weir::Timestamp t) { return std::chrono::floor<std::chrono::milliseconds>(t); }

/// Q5, hot items: every 2 seconds, the auctions with the most bids in the last 10, and how many those are
struct HotAuction {
    Id auction;
    std::uint64_t num;
    static constexpr auto fields() { return weir::fields("auction", &HotAuction::auction, "num", &HotAuction::num); }
};

template <typename Bids>
auto q5(Bids bids, weir::Duration disorder) {
    using namespace std::chrono_literals;
    using Counted = weir::Windowed<Id, std::uint64_t>;
    return timed(std::move(bids), disorder)
           | weir::key_by(&Bid::auction)
           | weir::window(weir::sliding(10s, 2s))
           | weir::aggregate(weir::count())
           | weir::window(weir::tumbling(2s)) // the counts of a window have one time, 1 ns before its end, and no other window's lie there
           | weir::aggregate(weir::arg_max_all(&Counted::value))
           | weir::flat_map<HotAuction>([](const auto& window, auto emit) {
                 for (const Counted& auction : window.value) emit(HotAuction{auction.key, auction.value});
             });
}

/// Q7, highest bid: of each 10 seconds the bids with the highest price (SQL's text also takes a bid of that price at the very end of
/// the 10 seconds, which belongs to the next; here windows do not share their borders)
struct HighestBid {
    Id auction;
    std::int64_t price;
    Id bidder;
    Time date_time;
    Text extra;
    static constexpr auto fields() {
        return weir::fields("auction", &HighestBid::auction, "price", &HighestBid::price, "bidder", &HighestBid::bidder, "dateTime",
                            &HighestBid::date_time, "extra", &HighestBid::extra);
    }
};

template <typename Bids>
auto q7(Bids bids, weir::Duration disorder) {
    using namespace std::chrono_literals;
    return timed(std::move(bids), disorder)
           | weir::window(weir::tumbling(10s))
           | weir::aggregate(weir::arg_max_all(&Bid::price))
           | weir::flat_map<HighestBid>([](const auto& window, auto emit) {
                 for (const Bid& bid : window.value) emit(HighestBid{bid.auction, bid.price, bid.bidder, bid.date_time, bid.extra});
             });
}

/// Q11 and Q12: a bidder's bids in a stretch of time
struct BidderCount {
    Id bidder;
    std::uint64_t bid_count;
    Time start_time;
    Time end_time;
    static constexpr auto fields() {
        return weir::fields("bidder", &BidderCount::bidder, "bid_count", &BidderCount::bid_count, "starttime", &BidderCount::start_time, "endtime",
                            &BidderCount::end_time);
    }
};

inline constexpr auto bidder_count = [](const weir::Windowed<Id, std::uint64_t>& row) {
    return BidderCount{row.key, row.value, to_time(row.window.start), to_time(row.window.end)};
};

/// Q11, user sessions: how many bids a bidder makes before doing nothing for 10 seconds
template <typename Bids>
auto q11(Bids bids, weir::Duration disorder) {
    using namespace std::chrono_literals;
    return timed(std::move(bids), disorder)
           | weir::key_by(&Bid::bidder)
           | weir::window(weir::session(10s))
           | weir::aggregate(weir::count())
           | weir::map(bidder_count);
}

/// Q12, processing time windows: how many bids a bidder makes in each 10 seconds of the clock here, so that no two runs are the same
template <typename Bids>
auto q12(Bids bids) {
    using namespace std::chrono_literals;
    return std::move(bids)
           | weir::processing_time()
           | weir::key_by(&Bid::bidder)
           | weir::window(weir::tumbling(10s))
           | weir::aggregate(weir::count())
           | weir::map(bidder_count);
}

} // namespace nexmark
