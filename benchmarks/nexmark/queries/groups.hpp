// SPDX-License-Identifier: BSL-1.0
// The queries that group bids: Q15 to Q19. In SQL they give a new row with every bid. Here they give what is final: Q15 to Q17 at
// the end of each day by event time (with .trigger(weir::each()) behind tumbling(24h) they give every row, as SQL does), Q18 and Q19,
// which know no time, at the end of the stream.
#pragma once
#include "nexmark/queries/windows.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace nexmark {

inline constexpr auto is_rank1 = [](const Bid& bid) { return bid.price < 10'000; };
inline constexpr auto is_rank2 = [](const Bid& bid) { return bid.price >= 10'000 && bid.price < 1'000'000; };
inline constexpr auto is_rank3 = [](const Bid& bid) { return bid.price >= 1'000'000; };

struct BidStatistics {
    std::uint64_t total_bids, rank1_bids, rank2_bids, rank3_bids;
    std::uint64_t total_bidders, rank1_bidders, rank2_bidders, rank3_bidders;
    std::uint64_t total_auctions, rank1_auctions, rank2_auctions, rank3_auctions;
    static constexpr auto fields() {
        using S = BidStatistics;
        return weir::fields("total_bids", &S::total_bids, "rank1_bids", &S::rank1_bids, "rank2_bids", &S::rank2_bids, "rank3_bids", &S::rank3_bids,
                            "total_bidders", &S::total_bidders, "rank1_bidders", &S::rank1_bidders, "rank2_bidders", &S::rank2_bidders,
                            "rank3_bidders", &S::rank3_bidders, "total_auctions", &S::total_auctions, "rank1_auctions", &S::rank1_auctions,
                            "rank2_auctions", &S::rank2_auctions, "rank3_auctions", &S::rank3_auctions);
    }
};

/// count(*), count(distinct bidder) and count(distinct auction), of all bids and of those of each rank.
inline auto bid_statistics() {
    const auto bids = weir::count();
    const auto bidders = weir::distinct_count(&Bid::bidder);
    const auto auctions = weir::distinct_count(&Bid::auction);
    using weir::where;
    return weir::into<BidStatistics>(bids, where(is_rank1, bids), where(is_rank2, bids), where(is_rank3, bids), //
                                     bidders, where(is_rank1, bidders), where(is_rank2, bidders), where(is_rank3, bidders), //
                                     auctions, where(is_rank1, auctions), where(is_rank2, auctions), where(is_rank3, auctions));
}

/// Q15, bidding statistics: of each day
struct DayStatistics {
    Day day;
    BidStatistics statistics;
    static constexpr auto fields() { return weir::fields("day", &DayStatistics::day, "statistics", &DayStatistics::statistics); }
};

template <typename Bids>
auto q15(Bids bids, weir::Duration disorder) {
    using namespace std::chrono_literals;
    return timed(std::move(bids), disorder)
           | weir::window(weir::tumbling(24h))
           | weir::aggregate(bid_statistics())
           | weir::map([](const auto& day) { return DayStatistics{day_of(to_time(day.window.start)), day.value}; });
}

/// Q16, channel statistics: of each channel and day, with the minute of its last bid
struct ChannelStatistics {
    Text channel;
    Day day;
    Minute minute;
    BidStatistics statistics;
    static constexpr auto fields() {
        return weir::fields("channel", &ChannelStatistics::channel, "day", &ChannelStatistics::day, "minute", &ChannelStatistics::minute, "statistics",
                            &ChannelStatistics::statistics);
    }
};

template <typename Bids>
auto q16(Bids bids, weir::Duration disorder) {
    using namespace std::chrono_literals;
    return timed(std::move(bids), disorder)
           | weir::key_by(&Bid::channel)
           | weir::window(weir::tumbling(24h))
           | weir::aggregate(weir::max(&Bid::date_time), bid_statistics())
           | weir::map([](const auto& row) {
                 const auto& [last, statistics] = row.value;
                 return ChannelStatistics{row.key, day_of(last), minute_of(last), statistics};
             });
}

/// Q17, auction statistics: of each auction and day
struct AuctionStatistics {
    std::uint64_t total_bids, rank1_bids, rank2_bids, rank3_bids;
    std::int64_t min_price, max_price;
    double avg_price;
    std::int64_t sum_price;
    static constexpr auto fields() {
        using S = AuctionStatistics;
        return weir::fields("total_bids", &S::total_bids, "rank1_bids", &S::rank1_bids, "rank2_bids", &S::rank2_bids, "rank3_bids", &S::rank3_bids,
                            "min_price", &S::min_price, "max_price", &S::max_price, "avg_price", &S::avg_price, "sum_price", &S::sum_price);
    }
};
struct AuctionDay {
    Id auction;
    Day day;
    AuctionStatistics statistics;
    static constexpr auto fields() {
        return weir::fields("auction", &AuctionDay::auction, "day", &AuctionDay::day, "statistics", &AuctionDay::statistics);
    }
};

template <typename Bids>
auto q17(Bids bids, weir::Duration disorder) {
    using namespace std::chrono_literals;
    return timed(std::move(bids), disorder)
           | weir::key_by(&Bid::auction)
           | weir::window(weir::tumbling(24h))
           | weir::aggregate(weir::into<AuctionStatistics>(weir::count(), weir::where(is_rank1, weir::count()), weir::where(is_rank2, weir::count()),
                                                           weir::where(is_rank3, weir::count()), weir::min(&Bid::price), weir::max(&Bid::price),
                                                           weir::mean(&Bid::price), weir::sum(&Bid::price)))
           | weir::map([](const auto& row) { return AuctionDay{row.key, day_of(to_time(row.window.start)), row.value}; });
}

/// Q18, last bid: of each bidder and auction the last by its time; of several at that time the first that came
template <typename Bids>
auto q18(Bids bids) {
    return std::move(bids)
           | weir::key_by(&Bid::bidder, &Bid::auction)
           | weir::aggregate(weir::arg_max(&Bid::date_time))
           | weir::map([](const auto& row) { return row.value; });
}

/// Q19, top bids: of each auction the ten with the highest price; of several with one price the first that came
struct RankedBid {
    Bid bid;
    std::uint64_t rank_number;
    static constexpr auto fields() { return weir::fields("bid", &RankedBid::bid, "rank_number", &RankedBid::rank_number); }
};

template <typename Bids>
auto q19(Bids bids) {
    return std::move(bids)
           | weir::key_by(&Bid::auction)
           | weir::aggregate(weir::top_k(10, &Bid::price))
           | weir::flat_map<RankedBid>([](const auto& auction, auto emit) {
                 std::uint64_t rank = 0;
                 for (const Bid& bid : auction.value) emit(RankedBid{bid, ++rank});
             });
}

} // namespace nexmark
