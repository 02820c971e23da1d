// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/bounded_keys.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
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

/// When something of a row is due: by time, then by arrival.
struct JoinDue {
    Timestamp at = max_time;
    std::uint64_t order = std::numeric_limits<std::uint64_t>::max();
    friend auto operator<=>(const JoinDue&, const JoinDue&) = default;
};

/// What is kept for a key.
template <typename L, typename R>
struct JoinEntry {
    JoinRows<L> left{};
    JoinRows<R> right{};
    JoinDue promised{}; // where it stands among those that are due

    [[nodiscard]] bool stays() const noexcept { return true; }
    [[nodiscard]] bool empty() const noexcept { return left.empty() && right.empty(); }
    void reset_keeping_memory() noexcept {
        left.clear();
        right.clear();
        promised = {};
    }
    static constexpr auto fields() { return weir::fields("left", &JoinEntry::left, "right", &JoinEntry::right); }
};

/// The keys of a join, and in which of them something is due next. Each key stands there once, with its earliest row: so what waits
/// beside it costs nothing, however much that is.
template <typename Key, typename Entry>
class JoinKeys {
public:
    static constexpr std::uint32_t none = BoundedKeys<Key, Entry>::none;

    template <typename K>
    [[nodiscard]] std::uint32_t enter(const K& key) { return keys_.enter(key, hash_of_key(key)).first; }
    [[nodiscard]] Entry& operator[](std::uint32_t id) noexcept { return keys_[id]; }
    [[nodiscard]] const Key& key(std::uint32_t id) const noexcept { return keys_.key(id); }
    void forget(std::uint32_t id) { keys_.forget(id); }
    [[nodiscard]] std::uint32_t size() const noexcept { return keys_.size(); }

    /// What comes first of all, or max_time.
    [[nodiscard]] JoinDue due() const noexcept { return heap_.empty() ? JoinDue{} : JoinDue{heap_.front().at, heap_.front().order}; }
    /// A key has something that is due then; the earliest such is kept.
    void promise(std::uint32_t id, JoinDue due) {
        if (not(due < keys_[id].promised)) return;
        keys_[id].promised = due;
        if (heap_.size() >= crowded_) rebuild();
        else push({due, keys_.handle(id)});
    }
    /// Takes the first place at t or before; the key promises anew what comes next. None where there is nothing.
    [[nodiscard]] std::uint32_t take(Timestamp t) {
        while (not heap_.empty() && heap_.front().at <= t) {
            const Place place = heap_.front();
            std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
            heap_.pop_back();
            const std::uint32_t id = keys_.row_of(place.handle);
            if (id == none || keys_[id].promised != place) continue; // it has gone, or stands earlier
            keys_[id].promised = {};
            return id;
        }
        return none;
    }

    void save(StateWriter& to) const { keys_.save(to); }
    /// due_of(entry): what the key promises.
    template <typename DueOf>
    void load(StateReader& from, DueOf&& due_of) {
        keys_.load(from);
        for (std::uint32_t id = 0; id < keys_.size(); ++id) keys_[id].promised = due_of(keys_[id]);
        rebuild();
    }

private:
    struct Place : JoinDue {
        std::uint32_t handle;
    };
    void push(Place place) {
        heap_.push_back(place);
        std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
    /// Places of keys that have gone, or stand earlier, are left behind.
    void rebuild() {
        heap_.clear();
        for (std::uint32_t id = 0; id < keys_.size(); ++id)
            if (keys_[id].promised != JoinDue{}) heap_.push_back({keys_[id].promised, keys_.handle(id)});
        std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
        crowded_ = std::max<std::size_t>(64, 2 * heap_.size());
    }

    BoundedKeys<Key, Entry> keys_{};
    std::vector<Place> heap_; // the next in front
    std::size_t crowded_ = 64;
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
