// SPDX-License-Identifier: BSL-1.0
// The queries that look at one bid at a time: Q0, Q1, Q2, Q10, Q14, Q21, Q22. Results come in the order of the bids.
#pragma once
#include "nexmark/values.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace nexmark {

/// Q0, pass through: SELECT auction, bidder, price, dateTime, extra FROM bid
struct PassedBid {
    Id auction;
    Id bidder;
    std::int64_t price;
    Time date_time;
    Text extra;
    static constexpr auto fields() {
        return weir::fields("auction", &PassedBid::auction, "bidder", &PassedBid::bidder, "price", &PassedBid::price, "dateTime", &PassedBid::date_time,
                            "extra", &PassedBid::extra);
    }
};

template <typename Bids>
auto q0(Bids bids) {
    return std::move(bids) | weir::map([](const Bid& bid) { return PassedBid{bid.auction, bid.bidder, bid.price, bid.date_time, bid.extra}; });
}

/// What dollars are in euros, to the last decimal: 0.908 of them.
[[nodiscard]] constexpr Decimal in_euros(std::int64_t price) { return {908 * price}; }

/// Q1, currency conversion: SELECT auction, bidder, 0.908 * price, dateTime, extra FROM bid
struct BidInEuros {
    Id auction;
    Id bidder;
    Decimal price;
    Time date_time;
    Text extra;
    static constexpr auto fields() {
        return weir::fields("auction", &BidInEuros::auction, "bidder", &BidInEuros::bidder, "price", &BidInEuros::price, "dateTime",
                            &BidInEuros::date_time, "extra", &BidInEuros::extra);
    }
};

template <typename Bids>
auto q1(Bids bids) {
    return std::move(bids) | weir::map([](const Bid& bid) { return BidInEuros{bid.auction, bid.bidder, in_euros(bid.price), bid.date_time, bid.extra}; });
}

/// Q2, selection: SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0 (or other auctions)
struct AuctionPrice {
    Id auction;
    std::int64_t price;
    static constexpr auto fields() { return weir::fields("auction", &AuctionPrice::auction, "price", &AuctionPrice::price); }
};

inline constexpr auto one_in_123 = [](Id auction) { return auction % 123 == 0; };

template <typename Bids, typename IsWanted = decltype(one_in_123)>
auto q2(Bids bids, IsWanted is_wanted = one_in_123) {
    return std::move(bids)
           | weir::filter([is_wanted](const Bid& bid) { return is_wanted(bid.auction); })
           | weir::map([](const Bid& bid) { return AuctionPrice{bid.auction, bid.price}; });
}

/// Q10, log to files: SELECT auction, bidder, price, dateTime, extra, its day, its minute FROM bid, into a file for each minute
/// (partitions.hpp)
struct LoggedBid {
    Id auction;
    Id bidder;
    std::int64_t price;
    Time date_time;
    Text extra;
    Day dt;
    Minute hm;
    static constexpr auto fields() {
        return weir::fields("auction", &LoggedBid::auction, "bidder", &LoggedBid::bidder, "price", &LoggedBid::price, "dateTime", &LoggedBid::date_time,
                            "extra", &LoggedBid::extra, "dt", &LoggedBid::dt, "hm", &LoggedBid::hm);
    }
};

template <typename Bids>
auto q10(Bids bids) {
    return std::move(bids) | weir::map([](const Bid& bid) {
               return LoggedBid{bid.auction, bid.bidder, bid.price, bid.date_time, bid.extra, day_of(bid.date_time), minute_of(bid.date_time)};
           });
}

/// Q14, calculation: SELECT auction, bidder, 0.908 * price, part of the day, dateTime, extra, how many c are in extra FROM bid
/// WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000
struct CalculatedBid {
    Id auction;
    Id bidder;
    Decimal price;
    Text bid_time_type;
    Time date_time;
    Text extra;
    std::int64_t c_counts;
    static constexpr auto fields() {
        return weir::fields("auction", &CalculatedBid::auction, "bidder", &CalculatedBid::bidder, "price", &CalculatedBid::price, "bidTimeType",
                            &CalculatedBid::bid_time_type, "dateTime", &CalculatedBid::date_time, "extra", &CalculatedBid::extra, "c_counts",
                            &CalculatedBid::c_counts);
    }
};

[[nodiscard]] inline Text time_type(Time time) {
    const auto hour = minute_of(time).since_midnight.count() / 60;
    return hour >= 8 && hour <= 18 ? "dayTime" : hour <= 6 || hour >= 20 ? "nightTime" : "otherTime";
}

template <typename Bids>
auto q14(Bids bids) {
    return std::move(bids)
           | weir::filter([](const Bid& bid) { return in_euros(bid.price) > Decimal{1'000'000'000} && in_euros(bid.price) < Decimal{50'000'000'000}; })
           | weir::map([](const Bid& bid) {
                 return CalculatedBid{bid.auction,   bid.bidder, in_euros(bid.price), time_type(bid.date_time),
                                      bid.date_time, bid.extra,  std::count(bid.extra.begin(), bid.extra.end(), 'c')};
             });
}

/// Q21, channel id: SELECT auction, bidder, price, channel, the number of the channel, or what the url says behind channel_id= FROM bid
/// WHERE there is one
struct BidChannel {
    Id auction;
    Id bidder;
    std::int64_t price;
    Text channel;
    Text channel_id;
    static constexpr auto fields() {
        return weir::fields("auction", &BidChannel::auction, "bidder", &BidChannel::bidder, "price", &BidChannel::price, "channel", &BidChannel::channel,
                            "channel_id", &BidChannel::channel_id);
    }
};

[[nodiscard]] inline bool is_same_but_for_case(Text a, Text lower) {
    return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char c, char l) { return (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) == l; });
}
/// What stands behind channel_id= at the beginning of a url, or behind &; nothing where it does not.
[[nodiscard]] inline std::optional<Text> channel_id_in(Text url) {
    static constexpr Text name = "channel_id=";
    for (std::size_t at = url.find(name); at != url.npos; at = url.find(name, at + 1)) {
        if (at != 0 && url[at - 1] != '&') continue;
        url.remove_prefix(at + name.size());
        return url.substr(0, url.find('&'));
    }
    return {};
}
[[nodiscard]] inline std::optional<Text> channel_id_of(const Bid& bid) {
    if (is_same_but_for_case(bid.channel, "apple")) return "0";
    if (is_same_but_for_case(bid.channel, "google")) return "1";
    if (is_same_but_for_case(bid.channel, "facebook")) return "2";
    if (is_same_but_for_case(bid.channel, "baidu")) return "3";
    return channel_id_in(bid.url);
}

template <typename Bids>
auto q21(Bids bids) {
    return std::move(bids) | weir::flat_map<BidChannel>([](const Bid& bid, auto emit) {
               if (const auto id = channel_id_of(bid)) emit(BidChannel{bid.auction, bid.bidder, bid.price, bid.channel, *id});
           });
}

/// Q22, url directories: SELECT auction, bidder, price, channel, the first three directories of the url FROM bid
struct BidDirectories {
    Id auction;
    Id bidder;
    std::int64_t price;
    Text channel;
    Text dir1;
    Text dir2;
    Text dir3;
    static constexpr auto fields() {
        return weir::fields("auction", &BidDirectories::auction, "bidder", &BidDirectories::bidder, "price", &BidDirectories::price, "channel",
                            &BidDirectories::channel, "dir1", &BidDirectories::dir1, "dir2", &BidDirectories::dir2, "dir3", &BidDirectories::dir3);
    }
};

/// Takes what stands before the first slash off a text.
[[nodiscard]] inline Text take_part(Text& text) {
    const Text part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

template <typename Bids>
auto q22(Bids bids) {
    return std::move(bids) | weir::map([](const Bid& bid) {
               Text url = bid.url;
               for (int i = 0; i < 3; ++i) static_cast<void>(take_part(url)); // https: and the host
               const Text first = take_part(url), second = take_part(url), third = take_part(url);
               return BidDirectories{bid.auction, bid.bidder, bid.price, bid.channel, first, second, third};
           });
}

} // namespace nexmark
