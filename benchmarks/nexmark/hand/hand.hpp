// SPDX-License-Identifier: BSL-1.0
// Q1, Q5 and Q8 as a good programmer would write them for stored input by hand, without a library: what the queries are measured
// against. They look at the watermark as the queries do, behind each event with which it rises, and at each event whether it comes too
// late; they count nothing.
#pragma once
#include "nexmark/input.hpp"
#include "nexmark/queries/joins.hpp"
#include "nexmark/queries/single_bids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nexmark::hand {

/// take(BidInEuros) for each bid.
template <typename Take>
void q1(const Input& input, Take take) {
    for (const Bid& bid : input.bids) take(BidInEuros{bid.auction, bid.bidder, in_euros(bid.price), bid.date_time, bid.extra});
}

/// A hash table with linear probing from an id to a T; ids are greater than 0.
template <typename T>
class Table {
public:
    Table() : rows_(1024), shift_(54) {}
    T& operator[](Id id) {
        std::size_t at = place(id);
        if (rows_[at].id == id) return rows_[at].value;
        if (2 * ++size_ > rows_.size()) {
            grow();
            at = place(id);
        }
        rows_[at].id = id;
        return rows_[at].value;
    }
    template <typename Fn>
    void for_each(Fn fn) {
        for (Row& row : rows_)
            if (row.id != 0) fn(row.id, row.value);
    }
    void clear() {
        std::fill(rows_.begin(), rows_.end(), Row{});
        size_ = 0;
    }

private:
    struct Row {
        Id id = 0;
        T value{};
    };
    [[nodiscard]] std::size_t place(Id id) const {
        std::size_t at = (static_cast<std::uint64_t>(id) * 0x9e3779b97f4a7c15U) >> shift_;
        while (rows_[at].id != id && rows_[at].id != 0) at = (at + 1) & (rows_.size() - 1);
        return at;
    }
    void grow() {
        std::vector<Row> old(2 * rows_.size());
        old.swap(rows_);
        --shift_;
        for (Row& row : old)
            if (row.id != 0) rows_[place(row.id)] = std::move(row);
    }
    std::vector<Row> rows_;
    int shift_;
    std::size_t size_ = 0;
};

/// Windows of 10 s every 2 s are five slices of 2 s together: each bid is counted once, in its slice.
template <typename Take>
void q5(const Input& input, Take take) {
    constexpr std::int64_t slice_ms = 2'000, slices_in_window = 5;
    const std::int64_t behind = std::chrono::ceil<std::chrono::milliseconds>(input.disorder).count() + 1;
    std::vector<Table<std::uint64_t>> slices(16); // in a ring; more than can be open
    Table<std::uint64_t> window;
    std::vector<HotAuction> hottest;
    std::int64_t latest = 0, next = -1, last = -1; // slices: the first that has not been closed, the last that has a bid

    const auto close = [&] { // the window whose last slice is `next`
        window.clear();
        for (std::int64_t slice = std::max<std::int64_t>(next - slices_in_window + 1, 0); slice <= next; ++slice)
            slices[static_cast<std::size_t>(slice) % slices.size()].for_each([&](Id auction, std::uint64_t n) { window[auction] += n; });
        std::uint64_t most = 1;
        hottest.clear();
        window.for_each([&](Id auction, std::uint64_t n) {
            if (n < most) return;
            if (n > most) hottest.clear();
            most = n;
            hottest.push_back({auction, n});
        });
        for (const HotAuction& auction : hottest) take(auction);
        ++next;
        slices[static_cast<std::size_t>(next - slices_in_window + slices_in_window * 16) % slices.size()].clear();
    };
    for (const Bid& bid : input.bids) {
        const std::int64_t t = bid.date_time.time_since_epoch().count();
        const std::int64_t slice = t / slice_ms;
        if (next < 0) next = slice - slices_in_window; // a bid that comes later may be that much earlier
        if (slice + slices_in_window <= next) continue; // too late for all its windows
        last = std::max(last, slice);
        ++slices[static_cast<std::size_t>(slice) % slices.size()][bid.auction];
        if (t <= latest) continue;
        latest = t;
        while (latest - behind >= (next + 1) * slice_ms - 1) close();
    }
    while (next < last + slices_in_window) close();
}

/// What is seen of each person in each window that is open.
template <typename Take>
void q8(const Input& input, Take take) {
    constexpr std::int64_t size_ms = 10'000;
    struct Seen {
        Text name{};
        bool registered = false;
        bool sells = false;
    };
    const std::int64_t behind = std::chrono::ceil<std::chrono::milliseconds>(input.disorder).count() + 1;
    std::vector<Table<Seen>> tables(16); // in a ring; more than can be open
    std::int64_t next = -1, last = -1; // windows: the first that has not been closed, the last that has a row
    std::int64_t latest_person = 0, latest_auction = 0;
    std::size_t p = 0, a = 0;

    const auto close = [&] {
        Table<Seen>& table = tables[static_cast<std::size_t>(next) % tables.size()];
        table.for_each([&](Id person, const Seen& seen) {
            if (seen.registered && seen.sells) take(NewSeller{person, seen.name, Time(std::chrono::milliseconds(next * size_ms))});
        });
        table.clear();
        ++next;
    };
    const auto seen = [&](Id person, Time time) -> Seen* {
        const std::int64_t window = time.time_since_epoch().count() / size_ms;
        if (next < 0) next = window - 1;
        if (window < next) return nullptr; // too late
        last = std::max(last, window);
        return &tables[static_cast<std::size_t>(window) % tables.size()][person];
    };
    while (p < input.persons.size() || a < input.auctions.size()) { // the stream that is behind goes on
        if (a == input.auctions.size() || (p < input.persons.size() && latest_person <= latest_auction)) {
            const Person& person = input.persons[p++];
            if (Seen* const row = seen(person.id, person.date_time)) {
                row->name = person.name;
                row->registered = true;
            }
            latest_person = std::max(latest_person, person.date_time.time_since_epoch().count());
        } else {
            const Auction& auction = input.auctions[a++];
            if (Seen* const row = seen(auction.seller, auction.date_time)) row->sells = true;
            latest_auction = std::max(latest_auction, auction.date_time.time_since_epoch().count());
        }
        while (std::min(latest_person, latest_auction) - behind >= (next + 1) * size_ms - 1) close();
    }
    while (next <= last) close();
}

} // namespace nexmark::hand
