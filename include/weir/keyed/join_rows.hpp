// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fifo.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/bounded_keys.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

namespace weir::detail {

/// A row that waits for partners.
template <typename T>
struct JoinRow {
    Timestamp time;
    std::uint64_t order; // of arrival, among the rows of both sides
    bool matched;
    T value;
};

/// The rows of one side of a key, by time, those of one time by arrival. They nearly always come and go in that order.
template <typename T>
class JoinRows {
public:
    using Row = JoinRow<T>;

    [[nodiscard]] bool empty() const noexcept { return first_ == rows_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size() - first_; }
    [[nodiscard]] Row& front() noexcept { return rows_[first_]; }
    [[nodiscard]] const Row& front() const noexcept { return rows_[first_]; }
    [[nodiscard]] std::span<const Row> all() const noexcept { return std::span(rows_).subspan(first_); }

    void add(Row row) {
        if (empty() || rows_.back().time <= row.time) return rows_.push_back(std::move(row));
        const auto behind = std::upper_bound(begin(), rows_.end(), row.time, [](Timestamp t, const Row& other) { return t < other.time; });
        rows_.insert(behind, std::move(row));
    }
    void pop_front() {
        if (++first_ == rows_.size()) {
            clear();
        } else if (first_ > rows_.size() / 2) {
            rows_.erase(rows_.begin(), begin());
            first_ = 0;
        }
    }
    /// Those from one time to another, both included.
    [[nodiscard]] std::span<Row> between(Timestamp from, Timestamp to) {
        if (empty() || to < from || rows_.back().time < from || to < front().time) return {};
        const auto first = front().time >= from ? begin() : std::lower_bound(begin(), rows_.end(), from, [](const Row& row, Timestamp t) { return row.time < t; });
        const auto last = rows_.back().time <= to ? rows_.end() : std::upper_bound(first, rows_.end(), to, [](Timestamp t, const Row& row) { return t < row.time; });
        return {first, last};
    }
    /// The last that is not behind a time; nullptr where there is none.
    [[nodiscard]] Row* last_until(Timestamp t) {
        if (empty() || t < front().time) return nullptr;
        if (rows_.back().time <= t) return &rows_.back();
        return &*std::prev(std::upper_bound(begin(), rows_.end(), t, [](Timestamp at, const Row& row) { return at < row.time; }));
    }
    void clear() noexcept {
        rows_.clear();
        first_ = 0;
    }

private:
    [[nodiscard]] auto begin() noexcept { return rows_.begin() + static_cast<std::ptrdiff_t>(first_); }

    std::vector<Row> rows_;
    std::size_t first_ = 0; // those before have gone
};

/// What is kept for a key.
template <typename L, typename R>
struct JoinEntry {
    JoinRows<L> left{};
    JoinRows<R> right{};

    [[nodiscard]] bool stays() const noexcept { return true; }
    [[nodiscard]] bool empty() const noexcept { return left.empty() && right.empty(); }
    void reset_keeping_memory() noexcept {
        left.clear();
        right.clear();
    }
    static constexpr auto fields() { return weir::fields("left", &JoinEntry::left, "right", &JoinEntry::right); }
};

/// Where a row waits: by when it is due, then by arrival.
struct JoinPlace {
    Timestamp at;
    std::uint64_t order;
    std::uint32_t handle;
    bool is_left;
    friend bool operator>(const JoinPlace& a, const JoinPlace& b) noexcept { return a.at != b.at ? a.at > b.at : a.order > b.order; }
};

/// The keys of a join, and the places of their rows. Rows that come in the order in which they are due, as nearly all of a side do,
/// wait in a ring, the others in a heap: so a row costs the same however many wait.
///     Keys without rows are forgotten only when there are twice as many keys as ever had some at once: most come again.
template <typename Key, typename Entry>
class JoinKeys {
    using Place = dependent_t<JoinPlace, Key>;

public:
    template <typename K>
    [[nodiscard]] std::uint32_t enter(const K& key) {
        if (keys_.size() >= crowded_) [[unlikely]] forget_empty();
        return keys_.enter(key, hash_of_key(key)).first;
    }
    [[nodiscard]] Entry& operator[](std::uint32_t id) noexcept { return keys_[id]; }
    [[nodiscard]] std::uint32_t size() const noexcept { return keys_.size(); }

    /// A row of a key waits here.
    void wait(std::uint32_t id, Timestamp at, std::uint64_t order, bool is_left) {
        const JoinPlace place{at, order, keys_.handle(id), is_left};
        auto& ring = rings_[is_left];
        if (ring.empty() || not(ring.back() > place)) return ring.push_back(place);
        others_.push_back(place);
        std::push_heap(others_.begin(), others_.end(), std::greater<>());
    }
    /// The first of all that is due at t or before; nullptr where there is none. Until the next wait().
    [[nodiscard]] const JoinPlace* first(Timestamp t) noexcept {
        const JoinPlace* first = nullptr;
        const auto look_at = [&](const JoinPlace& place) {
            if (place.at <= t && (first == nullptr || *first > place)) first = &place;
        };
        for (auto& ring : rings_)
            if (not ring.empty()) look_at(ring.front());
        if (not others_.empty()) look_at(others_.front());
        return first;
    }
    void pop(const JoinPlace* first) noexcept {
        for (auto& ring : rings_)
            if (not ring.empty() && first == &ring.front()) return ring.pop_front();
        std::pop_heap(others_.begin(), others_.end(), std::greater<>());
        others_.pop_back();
    }
    [[nodiscard]] Entry& operator[](const JoinPlace& place) noexcept { return keys_[keys_.row_of(place.handle)]; }

    void save(StateWriter& to) const { keys_.save(to); }
    void load(StateReader& from) {
        keys_.load(from);
        for (auto& ring : rings_) ring = {};
        others_.clear();
    }
    /// What has its place now waits in the rings.
    void put_in_order() {
        for (auto& ring : rings_)
            for (; not ring.empty(); ring.pop_front()) others_.push_back(ring.front());
        std::sort(others_.begin(), others_.end(), [](const JoinPlace& a, const JoinPlace& b) { return b > a; });
        for (const JoinPlace& place : others_) rings_[place.is_left].push_back(place);
        others_.clear();
    }

private:
    [[gnu::noinline]] void forget_empty() {
        for (std::uint32_t id = keys_.size(); id-- > 0;)
            if (keys_[id].empty()) keys_.forget(id);
        crowded_ = std::max(crowded_, 2 * keys_.size());
    }

    BoundedKeys<Key, Entry> keys_{};
    Fifo<Place> rings_[2]; // of each side
    std::vector<Place> others_; // a heap, the next in front
    std::uint32_t crowded_ = 64;
};

} // namespace weir::detail

namespace weir {

template <typename T>
struct Saved<detail::JoinRows<T>> {
    template <typename Writer>
    static void save(Writer& to, const detail::JoinRows<T>& rows) {
        to.put(rows.size());
        for (const auto& row : rows.all()) {
            to.put(row.time);
            to.put(row.order);
            to.put(row.matched);
            to.put(row.value);
        }
    }
    template <typename Reader>
    static detail::JoinRows<T> load(Reader& from) {
        detail::JoinRows<T> rows;
        for (auto n = from.template get<std::size_t>(); n > 0; --n) {
            const auto time = from.template get<Timestamp>();
            const auto order = from.template get<std::uint64_t>();
            const auto matched = from.template get<bool>();
            rows.add({time, order, matched, from.template get<T>()});
        }
        return rows;
    }
};

} // namespace weir
