// SPDX-License-Identifier: BSL-1.0
// What each query must give for an input, computed the naive way: all of it is there, there is no time and no watermark, loops and
// maps do the rest. Results are lines of CSV, sorted.
#pragma once
#include "nexmark/input.hpp"
#include "nexmark/formats.hpp"
#include "nexmark/queries/groups.hpp"
#include "nexmark/queries/single_bids.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace nexmark_test {

using namespace nexmark;
using Lines = std::vector<std::string>;

template <typename Row>
void add_line(Lines& lines, const Row& row) {
    lines.emplace_back();
    append_line(lines.back(), row, Format::csv);
}
inline Lines sorted(Lines lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
}

inline std::int64_t ms(Time time) { return time.time_since_epoch().count(); }
inline Time at(std::int64_t ms) { return Time(std::chrono::milliseconds(ms)); }
constexpr std::int64_t day_ms = 24 * 3'600'000;
inline Day day_at(std::int64_t ms) { return Day(std::chrono::days(ms / day_ms)); }

inline Lines oracle_q0(const Input& in) {
    Lines lines;
    for (const Bid& b : in.bids) add_line(lines, PassedBid{b.auction, b.bidder, b.price, b.date_time, b.extra});
    return sorted(lines);
}
inline Lines oracle_q1(const Input& in) {
    Lines lines;
    for (const Bid& b : in.bids) add_line(lines, BidInEuros{b.auction, b.bidder, {b.price * 1000 - b.price * 92}, b.date_time, b.extra});
    return sorted(lines);
}
inline Lines oracle_q2(const Input& in) {
    Lines lines;
    for (const Bid& b : in.bids)
        if (b.auction / 123 * 123 == b.auction) add_line(lines, AuctionPrice{b.auction, b.price});
    return sorted(lines);
}
/// How many bids each auction has in each window of 10 s that begins at a multiple of 2 s.
inline Lines oracle_q5(const Input& in) {
    std::map<std::int64_t, std::map<Id, std::uint64_t>> windows;
    for (const Bid& b : in.bids)
        for (std::int64_t start = ms(b.date_time) / 2000 * 2000; start > ms(b.date_time) - 10'000; start -= 2000) ++windows[start][b.auction];
    Lines lines;
    for (const auto& [start, counts] : windows) {
        std::uint64_t most = 0;
        for (const auto& [auction, n] : counts) most = std::max(most, n);
        for (const auto& [auction, n] : counts)
            if (n == most) add_line(lines, HotAuction{auction, n});
    }
    return sorted(lines);
}
inline Lines oracle_q7(const Input& in) {
    std::map<std::int64_t, std::vector<Bid>> windows;
    for (const Bid& b : in.bids) windows[ms(b.date_time) / 10'000].push_back(b);
    Lines lines;
    for (const auto& [window, bids] : windows) {
        std::int64_t most = 0;
        for (const Bid& b : bids) most = std::max(most, b.price);
        for (const Bid& b : bids)
            if (b.price == most) add_line(lines, HighestBid{b.auction, b.price, b.bidder, b.date_time, b.extra});
    }
    return sorted(lines);
}
inline Lines oracle_q10(const Input& in) {
    Lines lines;
    for (const Bid& b : in.bids) {
        const std::int64_t minutes = ms(b.date_time) % day_ms / 60'000;
        add_line(lines, LoggedBid{b.auction, b.bidder, b.price, b.date_time, b.extra, day_at(ms(b.date_time)), {std::chrono::minutes(minutes)}});
    }
    return sorted(lines);
}
inline Lines oracle_q11(const Input& in) {
    std::map<Id, std::vector<std::int64_t>> times;
    for (const Bid& b : in.bids) times[b.bidder].push_back(ms(b.date_time));
    Lines lines;
    for (auto& [bidder, all] : times) {
        std::sort(all.begin(), all.end());
        for (std::size_t first = 0, i = 0; i < all.size(); ++i) {
            if (i + 1 < all.size() && all[i + 1] - all[i] <= 10'000) continue;
            add_line(lines, BidderCount{bidder, i + 1 - first, at(all[first]), at(all[i] + 10'000)});
            first = i + 1;
        }
    }
    return sorted(lines);
}
inline Lines oracle_q14(const Input& in) {
    Lines lines;
    for (const Bid& b : in.bids) {
        const std::int64_t thousandths = b.price * 908;
        if (thousandths <= 1'000'000'000 || thousandths >= 50'000'000'000) continue;
        static constexpr std::array<char, 25> hours{"nnnnnnnodddddddddddonnnn"};
        const char type = hours[static_cast<std::size_t>(ms(b.date_time) % day_ms / 3'600'000)];
        std::int64_t c = 0;
        for (const char letter : b.extra) c += letter == 'c';
        add_line(lines, CalculatedBid{b.auction, b.bidder, {thousandths}, type == 'n' ? "nightTime" : type == 'd' ? "dayTime" : "otherTime", b.date_time, b.extra, c});
    }
    return sorted(lines);
}
inline std::size_t rank_of(const Bid& b) { return b.price < 10'000 ? 1 : b.price < 1'000'000 ? 2 : 3; }
struct NaiveStatistics {
    std::array<std::uint64_t, 4> bids{};
    std::array<std::set<Id>, 4> bidders{}, auctions{};
    Time last = Time::min();
    void add(const Bid& b) {
        last = std::max(last, b.date_time);
        for (const std::size_t i : {std::size_t{0}, rank_of(b)}) {
            ++bids[i];
            bidders[i].insert(b.bidder);
            auctions[i].insert(b.auction);
        }
    }
    [[nodiscard]] BidStatistics row() const {
        return {bids[0],           bids[1],           bids[2],            bids[3],            bidders[0].size(),  bidders[1].size(),
                bidders[2].size(), bidders[3].size(), auctions[0].size(), auctions[1].size(), auctions[2].size(), auctions[3].size()};
    }
};
inline Lines oracle_q15(const Input& in) {
    std::map<std::int64_t, NaiveStatistics> days;
    for (const Bid& b : in.bids) days[ms(b.date_time) / day_ms].add(b);
    Lines lines;
    for (const auto& [day, statistics] : days) add_line(lines, DayStatistics{day_at(day * day_ms), statistics.row()});
    return sorted(lines);
}
inline Lines oracle_q16(const Input& in) {
    std::map<std::pair<std::string, std::int64_t>, NaiveStatistics> channels;
    for (const Bid& b : in.bids) channels[{std::string(b.channel), ms(b.date_time) / day_ms}].add(b);
    Lines lines;
    for (const auto& [key, statistics] : channels) {
        const Minute minute{std::chrono::minutes(ms(statistics.last) % day_ms / 60'000)};
        add_line(lines, ChannelStatistics{key.first, day_at(key.second * day_ms), minute, statistics.row()});
    }
    return sorted(lines);
}
inline Lines oracle_q17(const Input& in) {
    std::map<std::pair<Id, std::int64_t>, std::vector<Bid>> auctions;
    for (const Bid& b : in.bids) auctions[{b.auction, ms(b.date_time) / day_ms}].push_back(b);
    Lines lines;
    for (const auto& [key, bids] : auctions) {
        std::array<std::uint64_t, 4> n{bids.size()};
        std::int64_t least = bids[0].price, most = bids[0].price, sum = 0;
        for (const Bid& b : bids) {
            ++n[rank_of(b)];
            least = std::min(least, b.price);
            most = std::max(most, b.price);
            sum += b.price;
        }
        add_line(lines, AuctionDay{key.first, day_at(key.second * day_ms),
                                   {n[0], n[1], n[2], n[3], least, most, static_cast<double>(sum) / static_cast<double>(bids.size()), sum}});
    }
    return sorted(lines);
}
inline Lines oracle_q18(const Input& in) {
    std::map<std::pair<Id, Id>, Bid> last;
    for (const Bid& b : in.bids) {
        const auto [found, is_new] = last.try_emplace({b.bidder, b.auction}, b);
        if (not is_new && found->second.date_time < b.date_time) found->second = b;
    }
    Lines lines;
    for (const auto& [key, b] : last) add_line(lines, b);
    return sorted(lines);
}
inline Lines oracle_q19(const Input& in) {
    std::map<Id, std::map<std::pair<std::int64_t, std::size_t>, Bid>> auctions; // by price, downwards, and then by their places
    for (std::size_t i = 0; i < in.bids.size(); ++i) auctions[in.bids[i].auction][{-in.bids[i].price, i}] = in.bids[i];
    Lines lines;
    for (const auto& [auction, bids] : auctions) {
        std::uint64_t rank = 0;
        for (const auto& [place, bid] : bids)
            if (++rank <= 10) add_line(lines, RankedBid{bid, rank});
    }
    return sorted(lines);
}
inline Lines oracle_q21(const Input& in) {
    Lines lines;
    for (const Bid& b : in.bids) {
        std::string id;
        std::string channel;
        for (const char c : b.channel) channel += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        const std::map<std::string, std::string> known{{"apple", "0"}, {"google", "1"}, {"facebook", "2"}, {"baidu", "3"}};
        if (const auto found = known.find(channel); found != known.end()) {
            id = found->second;
        } else {
            const std::string url = "&" + std::string(b.url) + "&";
            const std::size_t begin = url.find("&channel_id=");
            if (begin == url.npos) continue;
            id = url.substr(begin + 12, url.find('&', begin + 12) - begin - 12);
        }
        add_line(lines, BidChannel{b.auction, b.bidder, b.price, b.channel, id});
    }
    return sorted(lines);
}
inline Lines oracle_q22(const Input& in) {
    Lines lines;
    for (const Bid& b : in.bids) {
        std::vector<std::string> parts(1);
        for (const char c : b.url) {
            if (c == '/') parts.emplace_back();
            else parts.back() += c;
        }
        parts.resize(std::max<std::size_t>(parts.size(), 6));
        add_line(lines, BidDirectories{b.auction, b.bidder, b.price, b.channel, parts[3], parts[4], parts[5]});
    }
    return sorted(lines);
}

} // namespace nexmark_test
