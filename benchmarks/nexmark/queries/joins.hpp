// SPDX-License-Identifier: BSL-1.0
// The queries that join streams: Q3, Q4, Q6, Q8, Q9, Q13, Q20. No order of results is promised where they are not in the order of
// time.
#pragma once
#include "nexmark/queries/windows.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace nexmark {

/// Partners are found however far apart they are, so all rows are kept: what SQL's joins without bounds do.
[[nodiscard]] inline auto whenever() { return weir::within(weir::unbounded, weir::unbounded).keep(weir::Duration::max()); }

/// Q3, local items: SELECT P.name, P.city, P.state, A.id FROM auction A JOIN person P ON A.seller = P.id
/// WHERE A.category = 10 AND P.state IN ('OR', 'ID', 'CA')
struct LocalSeller {
    Text name;
    Text city;
    Text state;
    Id id;
    static constexpr auto fields() {
        return weir::fields("name", &LocalSeller::name, "city", &LocalSeller::city, "state", &LocalSeller::state, "id", &LocalSeller::id);
    }
};

/// is_near: of a state.
inline constexpr auto is_near = [](Text state) { return state == "OR" || state == "ID" || state == "CA"; };

template <typename Auctions, typename Persons, typename IsNear = decltype(is_near)>
auto q3(Auctions auctions, Persons persons, weir::Duration disorder, IsNear near = is_near) {
    return weir::interval_join(timed(std::move(auctions) | weir::filter([](const Auction& auction) { return auction.category == 10; }), disorder)
                                   | weir::key_by(&Auction::seller),
                               timed(std::move(persons) | weir::filter([near](const Person& person) { return near(person.state); }), disorder)
                                   | weir::key_by(&Person::id),
                               whenever(),
                               [](const Auction& auction, const Person& person) {
                                   return LocalSeller{person.name, person.city, person.state, auction.id};
                               });
}

struct AuctionBid {
    Auction auction;
    Bid bid;
    static constexpr auto fields() { return weir::fields("auction", &AuctionBid::auction, "bid", &AuctionBid::bid); }

    /// The higher bid wins, of two as high the earlier one.
    [[nodiscard]] bool beats(const AuctionBid& other) const {
        return bid.price != other.bid.price ? bid.price > other.bid.price : bid.date_time < other.bid.date_time;
    }
};

/// The winning bid of each auction, with it, when the auction closes: the highest of those made while it was open.
/// longest: how long an auction is open at most.
template <typename Auctions, typename Bids>
auto winning_bids(Auctions auctions, Bids bids, weir::Duration disorder, weir::Duration longest) {
    using namespace std::chrono_literals;
    using Best = std::optional<AuctionBid>;
    const auto keep_better = [](const AuctionBid& row, Best& best, auto& auction) {
        if (not best) auction.set_timer(row.auction.expires);
        if (not best || row.beats(*best)) best = row;
    };
    const auto close = [](weir::Timestamp, Best& best, auto& auction) {
        auction.emit(*best);
        auction.clear();
    };
    return weir::interval_join(timed(std::move(auctions), disorder) | weir::key_by(&Auction::id),
                               timed(std::move(bids), disorder) | weir::key_by(&Bid::auction),
                               weir::within(0s, longest),
                               [](const Auction& auction, const Bid& bid) { return AuctionBid{auction, bid}; })
           | weir::filter([](const AuctionBid& row) { return row.bid.date_time <= row.auction.expires; })
           | weir::key_by([](const AuctionBid& row) { return row.auction.id; })
           | weir::process_keyed<Best, AuctionBid>(keep_better, close);
}

/// Q4, average price for a category: of the winning bids of its auctions; final, at the end of the stream (in SQL again with each
/// auction that closes: scan instead of aggregate)
struct CategoryPrice {
    Id category;
    double average;
    static constexpr auto fields() { return weir::fields("id", &CategoryPrice::category, "final", &CategoryPrice::average); }
};

template <typename Auctions, typename Bids>
auto q4(Auctions auctions, Bids bids, weir::Duration disorder, weir::Duration longest) {
    return winning_bids(std::move(auctions), std::move(bids), disorder, longest)
           | weir::key_by([](const AuctionBid& won) { return won.auction.category; })
           | weir::aggregate(weir::mean([](const AuctionBid& won) { return won.bid.price; }))
           | weir::map([](const auto& row) { return CategoryPrice{row.key, row.value}; });
}

/// Q6, average selling price by seller: of the last ten auctions that closed with a bid, whenever one does. Auctions that close in
/// the same millisecond do so in the order of their ids.
struct SellerPrice {
    Id seller;
    double average;
    static constexpr auto fields() { return weir::fields("seller", &SellerPrice::seller, "avg_price", &SellerPrice::average); }
};

template <typename Auctions, typename Bids>
auto q6(Auctions auctions, Bids bids, weir::Duration disorder, weir::Duration longest) {
    using namespace std::chrono_literals;
    const auto by_id = [](const auto& together) {
        std::vector<AuctionBid> sorted = together.value;
        std::sort(sorted.begin(), sorted.end(), [](const AuctionBid& a, const AuctionBid& b) { return a.auction.id < b.auction.id; });
        return sorted;
    };
    return winning_bids(std::move(auctions), std::move(bids), disorder, longest)
           | weir::window(weir::tumbling(1ms))
           | weir::aggregate(weir::collect())
           | weir::flat_map(by_id)
           | weir::key_by([](const AuctionBid& won) { return won.auction.seller; })
           | weir::window(weir::global_window().trigger(weir::each()))
           | weir::aggregate(weir::evicting(weir::keep_last(10), weir::mean([](const AuctionBid& won) { return won.bid.price; })))
           | weir::map([](const auto& row) { return SellerPrice{row.key, row.value}; });
}

/// Q9, winning bids: all of the auction and of the bid
struct WinningBid {
    Auction sold;
    Id auction;
    Id bidder;
    std::int64_t price;
    Time bid_date_time;
    Text bid_extra;
    static constexpr auto fields() {
        return weir::fields("sold", &WinningBid::sold, "auction", &WinningBid::auction, "bidder", &WinningBid::bidder, "price", &WinningBid::price,
                            "bid_dateTime", &WinningBid::bid_date_time, "bid_extra", &WinningBid::bid_extra);
    }
};

template <typename Auctions, typename Bids>
auto q9(Auctions auctions, Bids bids, weir::Duration disorder, weir::Duration longest) {
    return winning_bids(std::move(auctions), std::move(bids), disorder, longest) | weir::map([](const AuctionBid& won) {
               return WinningBid{won.auction, won.bid.auction, won.bid.bidder, won.bid.price, won.bid.date_time, won.bid.extra};
           });
}

/// Q8, new sellers: the persons who open an auction in the same 10 seconds in which they registered
struct NewSeller {
    Id id;
    Text name;
    Time start_time;
    static constexpr auto fields() { return weir::fields("id", &NewSeller::id, "name", &NewSeller::name, "stime", &NewSeller::start_time); }
};

/// A person who registers, or opens an auction.
struct Arrival {
    Id person;
    Text name;
    bool registers;
    Time date_time;

    [[nodiscard]] static Arrival of(const Person& person) { return {person.id, person.name, true, person.date_time}; }
    [[nodiscard]] static Arrival seller_of(const Auction& auction) { return {auction.seller, {}, false, auction.date_time}; }
    static constexpr auto fields() {
        return weir::fields("person", &Arrival::person, "name", &Arrival::name, "registers", &Arrival::registers, "date_time", &Arrival::date_time);
    }
};

template <typename Persons, typename Auctions>
auto q8(Persons persons, Auctions auctions, weir::Duration disorder) {
    using namespace std::chrono_literals;
    const auto sells = [](const Arrival& arrival) { return not arrival.registers; };
    return weir::merge(timed(std::move(persons) | weir::map(&Arrival::of), disorder), timed(std::move(auctions) | weir::map(&Arrival::seller_of), disorder))
           | weir::key_by(&Arrival::person)
           | weir::window(weir::tumbling(10s))
           | weir::aggregate(weir::where(&Arrival::registers, weir::first(&Arrival::name)), // a row is given where there is one of each
                             weir::where(sells, weir::first(&Arrival::person)))
           | weir::map([](const auto& row) { return NewSeller{row.key, std::get<0>(row.value), to_time(row.window.start)}; });
}

/// Q13, side input: SELECT auction, bidder, price, dateTime, S.value FROM bid JOIN side_input S ON MOD(auction, 10000) = S.key
struct BidWithSide {
    Id auction;
    Id bidder;
    std::int64_t price;
    Time date_time;
    Text value;
    static constexpr auto fields() {
        return weir::fields("auction", &BidWithSide::auction, "bidder", &BidWithSide::bidder, "price", &BidWithSide::price, "dateTime",
                            &BidWithSide::date_time, "value", &BidWithSide::value);
    }
};

/// side: read to its end before any bid is.
template <typename Bids, typename Side>
auto q13(Bids bids, Side side) {
    return weir::lookup_join(std::move(bids) | weir::key_by([](const Bid& bid) { return bid.auction % 10'000; }),
                             weir::table(std::move(side) | weir::key_by(&SideRow::key)).load_first(),
                             [](const Bid& bid, const SideRow& row) {
                                 return BidWithSide{bid.auction, bid.bidder, bid.price, bid.date_time, row.value};
                             });
}

/// Q20, bids with their auction: of auctions of category 10, SELECT all of both FROM bid JOIN auction ON auction = id
struct BidWithAuction {
    Id auction;
    Id bidder;
    std::int64_t price;
    Text channel;
    Text url;
    Time bid_date_time;
    Text bid_extra;
    Text item_name;
    Text description;
    std::int64_t initial_bid;
    std::int64_t reserve;
    Time auction_date_time;
    Time expires;
    Id seller;
    Id category;
    Text auction_extra;
    static constexpr auto fields() {
        using B = BidWithAuction;
        return weir::fields("auction", &B::auction, "bidder", &B::bidder, "price", &B::price, "channel", &B::channel, "url", &B::url, "bid_dateTime",
                            &B::bid_date_time, "bid_extra", &B::bid_extra, "itemName", &B::item_name, "description", &B::description, "initialBid",
                            &B::initial_bid, "reserve", &B::reserve, "auction_dateTime", &B::auction_date_time, "expires", &B::expires, "seller",
                            &B::seller, "category", &B::category, "auction_extra", &B::auction_extra);
    }
};

template <typename Bids, typename Auctions>
auto q20(Bids bids, Auctions auctions, weir::Duration disorder) {
    return weir::interval_join(timed(std::move(bids), disorder) | weir::key_by(&Bid::auction),
                               timed(std::move(auctions) | weir::filter([](const Auction& auction) { return auction.category == 10; }), disorder)
                                   | weir::key_by(&Auction::id),
                               whenever(),
                               [](const Bid& b, const Auction& a) {
                                   return BidWithAuction{b.auction,   b.bidder,      b.price,   b.channel,   b.url,    b.date_time, b.extra,    a.item_name,
                                                         a.description, a.initial_bid, a.reserve, a.date_time, a.expires, a.seller,    a.category, a.extra};
                               });
}

} // namespace nexmark
