// SPDX-License-Identifier: BSL-1.0
// What the queries that join streams must give: as oracles.hpp.
#pragma once
#include "nexmark/oracles.hpp"
#include "nexmark/queries/joins.hpp"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace nexmark_test {

inline Lines oracle_q3(const Input& in) {
    std::map<Id, const Person*> people;
    for (const Person& p : in.persons) people[p.id] = &p;
    Lines lines;
    for (const Auction& a : in.auctions) {
        if (a.category != 10 || people.count(a.seller) == 0) continue;
        const Person& p = *people[a.seller];
        for (const Text state : {"OR", "ID", "CA"})
            if (p.state == state) add_line(lines, LocalSeller{p.name, p.city, p.state, a.id});
    }
    return sorted(lines);
}

/// For each auction the bid that wins it: the highest, of several such the earliest.
inline std::map<Id, std::pair<Auction, Bid>> winners(const Input& in) {
    std::map<Id, Auction> auctions;
    for (const Auction& a : in.auctions) auctions[a.id] = a;
    std::map<Id, std::pair<Auction, Bid>> winning;
    for (const Bid& b : in.bids) {
        const auto found = auctions.find(b.auction);
        if (found == auctions.end()) continue;
        const Auction& a = found->second;
        if (b.date_time < a.date_time || b.date_time > a.expires) continue;
        const auto [at, is_new] = winning.try_emplace(a.id, a, b);
        const Bid& best = at->second.second;
        if (not is_new && (b.price > best.price || (b.price == best.price && b.date_time < best.date_time))) at->second.second = b;
    }
    return winning;
}
inline Lines oracle_q4(const Input& in) {
    std::map<Id, std::vector<std::int64_t>> prices;
    for (const auto& [id, won] : winners(in)) prices[won.first.category].push_back(won.second.price);
    Lines lines;
    for (const auto& [category, all] : prices) {
        std::int64_t sum = 0;
        for (const std::int64_t price : all) sum += price;
        add_line(lines, CategoryPrice{category, static_cast<double>(sum) / static_cast<double>(all.size())});
    }
    return sorted(lines);
}
inline Lines oracle_q6(const Input& in) {
    std::map<Id, std::map<std::pair<Time, Id>, std::int64_t>> closed; // of each seller, in the order of time
    for (const auto& [id, won] : winners(in)) closed[won.first.seller][{won.first.expires, id}] = won.second.price;
    Lines lines;
    for (const auto& [seller, auctions] : closed) {
        std::vector<std::int64_t> prices;
        for (const auto& [when, price] : auctions) {
            prices.push_back(price);
            if (prices.size() > 10) prices.erase(prices.begin());
            std::int64_t sum = 0;
            for (const std::int64_t p : prices) sum += p;
            add_line(lines, SellerPrice{seller, static_cast<double>(sum) / static_cast<double>(prices.size())});
        }
    }
    return sorted(lines);
}
inline Lines oracle_q8(const Input& in) {
    std::set<std::pair<Id, std::int64_t>> sellers;
    for (const Auction& a : in.auctions) sellers.insert({a.seller, ms(a.date_time) / 10'000});
    Lines lines;
    for (const Person& p : in.persons)
        if (sellers.count({p.id, ms(p.date_time) / 10'000}) != 0) add_line(lines, NewSeller{p.id, p.name, at(ms(p.date_time) / 10'000 * 10'000)});
    return sorted(lines);
}
inline Lines oracle_q9(const Input& in) {
    Lines lines;
    for (const auto& [id, won] : winners(in)) {
        const auto& [a, b] = won;
        add_line(lines, WinningBid{a, b.auction, b.bidder, b.price, b.date_time, b.extra});
    }
    return sorted(lines);
}
/// side: what stands beside each number below 10,000.
inline Lines oracle_q13(const Input& in, const std::vector<SideRow>& side) {
    std::map<Id, Text> values;
    for (const SideRow& row : side) values[row.key] = row.value;
    Lines lines;
    for (const Bid& b : in.bids)
        if (const auto found = values.find(b.auction % 10'000); found != values.end())
            add_line(lines, BidWithSide{b.auction, b.bidder, b.price, b.date_time, found->second});
    return sorted(lines);
}
inline Lines oracle_q20(const Input& in) {
    std::map<Id, Auction> wanted;
    for (const Auction& a : in.auctions)
        if (a.category == 10) wanted[a.id] = a;
    Lines lines;
    for (const Bid& b : in.bids)
        if (const auto found = wanted.find(b.auction); found != wanted.end()) {
            const Auction& a = found->second;
            add_line(lines, BidWithAuction{b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra, a.item_name, a.description, a.initial_bid,
                                           a.reserve, a.date_time, a.expires, a.seller, a.category, a.extra});
        }
    return sorted(lines);
}

} // namespace nexmark_test
