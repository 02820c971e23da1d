// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fifo.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/fetch.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <utility>

namespace weir::detail {

/// A row that waits for partners.
template <typename T>
struct JoinRow {
    Timestamp time;
    std::uint64_t order; // of arrival, among the rows of both sides
    bool matched;
    T value;

    template <typename V>
    JoinRow(Timestamp t, std::uint64_t o, bool m, V&& v) : time(t), order(o), matched(m), value(std::forward<V>(v)) {}
};

/// Room of rows that have gone, for those of any key: each has many at some time, and would otherwise keep the room for that.
template <typename T>
class JoinSpare {
public:
    using Rows = JobVector<JoinRow<T>>;

    /// Room for n, a power of two.
    [[nodiscard]] Rows take(std::size_t n) {
        Rows rows;
        if (auto& free = free_[size_class(n)]; not free.empty()) {
            rows = std::move(free.back());
            free.pop_back();
        } else {
            const MemoryScope scope(source_);
            rows = Rows();
            rows.reserve(n);
        }
        return rows;
    }
    void give_back(Rows&& rows) noexcept {
        if (rows.capacity() == 0) return;
        try {
            free_[size_class(rows.capacity())].push_back(std::move(rows));
        } catch (...) { // no memory to remember them: they are freed instead
        }
    }

private:
    static std::size_t size_class(std::size_t n) noexcept { return static_cast<std::size_t>(std::bit_width(n)) - 1; }
    MemorySource* source_ = memory_source;
    std::array<JobVector<Rows>, 64> free_{}; // by the power of two that fits
};

/// The rows of one side of a key, by time, those of one time by arrival. They nearly always come and go in that order.
template <typename T>
class JoinRows {
public:
    using Row = JoinRow<T>;
    using Spare = JoinSpare<T>;

    JoinRows() = default;
    JoinRows(JoinRows&& other) noexcept : rows_(std::move(other.rows_)), first_(std::exchange(other.first_, nullptr)), end_(std::exchange(other.end_, nullptr)) {}
    JoinRows& operator=(JoinRows&& other) noexcept {
        rows_ = std::move(other.rows_);
        first_ = std::exchange(other.first_, nullptr);
        end_ = std::exchange(other.end_, nullptr);
        return *this;
    }
    ~JoinRows() = default;

    [[nodiscard]] bool empty() const noexcept { return first_ == end_; }
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - first_); }
    [[nodiscard]] Row& front() noexcept { return *first_; }
    [[nodiscard]] const Row& front() const noexcept { return *first_; }
    [[nodiscard]] std::span<const Row> all() const noexcept { return {first_, end_}; }

    template <typename V>
    void add(Spare& spare, Timestamp time, std::uint64_t order, bool matched, V&& value) {
        if (rows_.size() == rows_.capacity()) [[unlikely]] make_room(spare);
        if (not empty() && time < end_[-1].time) [[unlikely]] return insert(Row(time, order, matched, std::forward<V>(value)));
        rows_.emplace_back(time, order, matched, std::forward<V>(value));
        ++end_;
    }
    void pop_front(Spare& spare) {
        if (++first_ == end_) leave_room(spare);
        else if (first_ - rows_.data() > end_ - first_) move_up();
    }
    /// Those from one time to another, both included.
    [[nodiscard]] std::span<Row> between(Timestamp from, Timestamp to) {
        if (empty() || to < from || end_[-1].time < from || to < first_->time) return {};
        Row* const first = first_->time >= from ? first_ : std::lower_bound(first_, end_, from, [](const Row& row, Timestamp t) { return row.time < t; });
        Row* const last = end_[-1].time <= to ? end_ : std::upper_bound(first, end_, to, [](Timestamp t, const Row& row) { return t < row.time; });
        return {first, last};
    }
    /// The last that is not behind a time; nullptr where there is none.
    [[nodiscard]] Row* last_until(Timestamp t) {
        if (empty() || t < first_->time) return nullptr;
        if (end_[-1].time <= t) return end_ - 1;
        return std::upper_bound(first_, end_, t, [](Timestamp at, const Row& row) { return at < row.time; }) - 1;
    }
    void clear() noexcept {
        rows_.clear();
        first_ = end_ = rows_.data();
    }
    /// Fetches the first row; also_empty: the place of one that comes.
    WEIR_INLINE void fetch(bool also_empty) const noexcept {
        if (also_empty || not empty()) detail::fetch(first_);
    }

private:
    [[gnu::noinline]] void insert(Row row) {
        const auto behind = std::upper_bound(first_, end_, row.time, [](Timestamp t, const Row& other) { return t < other.time; });
        const auto at = rows_.begin() + (behind - rows_.data());
        const auto gone = first_ - rows_.data();
        rows_.insert(at, std::move(row));
        first_ = rows_.data() + gone;
        end_ = rows_.data() + rows_.size();
    }
    [[gnu::noinline]] void make_room(Spare& spare) {
        auto rows = spare.take(std::bit_ceil(2 * rows_.size() + (rows_.empty() ? 1 : 0)));
        rows.insert(rows.end(), std::make_move_iterator(first_), std::make_move_iterator(end_));
        rows_.swap(rows);
        first_ = rows_.data();
        end_ = first_ + rows_.size();
        rows.clear();
        spare.give_back(std::move(rows));
    }
    void leave_room(Spare& spare) {
        rows_.clear();
        spare.give_back(std::exchange(rows_, {}));
        first_ = end_ = nullptr;
    }
    [[gnu::noinline]] void move_up() {
        rows_.erase(rows_.begin(), rows_.begin() + (first_ - rows_.data()));
        first_ = rows_.data();
        end_ = first_ + rows_.size();
    }

    JobVector<Row> rows_;
    Row* first_ = nullptr; // those before have gone
    Row* end_ = nullptr;
};

/// What is kept for a key.
template <typename L, typename R>
struct JoinEntry {
    JoinRows<L> left{};
    JoinRows<R> right{};

    struct Spare {
        JoinSpare<L> left{};
        JoinSpare<R> right{};
    };

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
///     Keys without rows are forgotten only when there are four times as many keys as ever had some at once: most come again.
template <typename Key, typename Entry>
class JoinKeys {
    using Place = dependent_t<JoinPlace, Key>;

public:
    static constexpr std::uint32_t none = BoundedKeys<Key, Entry>::none;
    explicit JoinKeys(const CheckedOptions& options) : keys_(options) {}

    /// The key's row, none where a row of it is to be dropped. order: of that; evict(entry) is told of what a key had that goes for it.
    ///     guess: of the number.
    template <typename K, typename Evict>
    [[nodiscard]] WEIR_INLINE std::uint32_t enter(const K& key, std::uint64_t hash, std::uint32_t guess, std::uint64_t order, const Evict& evict) {
        return keys_.is_row_of(guess, key) && not keys_.evicts() ? guess : enter(key, hash, order, evict);
    }
    template <typename K, typename Evict>
    [[nodiscard]] std::uint32_t enter(const K& key, std::uint64_t hash, std::uint64_t order, const Evict& evict) {
        if (not keys_.is_bounded()) {
            if (keys_.size() >= crowded_) [[unlikely]] forget_empty();
            return keys_.enter(key, hash).first;
        }
        const auto [id, is_new] = keys_.enter(key, hash, [&](const Key&) {
            Entry& entry = keys_[keys_.oldest()];
            stale_ += entry.left.size() + entry.right.size();
            evict(entry);
        });
        if (id == none || not keys_.evicts()) return id;
        keys_.changed(id, min_time);
        if (is_new) {
            const std::uint32_t handle = keys_.handle(id);
            if (born_.size() <= handle) born_.resize(handle + 1);
            born_[handle] = order;
            if (stale_ > 2 * waiting() / 3 + 64) drop_stale();
        }
        return id;
    }
    /// Only so many keys are kept: one without rows is not one of them.
    [[nodiscard]] bool is_bounded() const noexcept { return keys_.is_bounded(); }
    void settle(std::uint32_t id) {
        if (keys_.is_bounded() && keys_[id].empty()) keys_.forget(id);
    }
    /// For each hash a guess of its row's number; what a row of the left (right) side will look at is being fetched.
    template <bool IsLeft>
    WEIR_INLINE void guess(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) noexcept {
        keys_.guess(hashes, numbers);
        if (not keys_.is_large()) return;
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            if (numbers[i] >= keys_.size()) continue;
            Entry& entry = keys_[numbers[i]];
            entry.left.fetch(not IsLeft);
            entry.right.fetch(IsLeft);
        }
    }
    [[nodiscard]] Entry& operator[](std::uint32_t id) noexcept { return keys_[id]; }
    [[nodiscard]] typename Entry::Spare& spare() noexcept { return spare_; }
    [[nodiscard]] std::uint32_t size() const noexcept { return keys_.size(); }

    /// A row of a key waits here.
    WEIR_INLINE void wait(std::uint32_t id, Timestamp at, std::uint64_t order, bool is_left) {
        auto& ring = rings_[is_left];
        if (not ring.empty() && at < ring.back().at) [[unlikely]] return wait_apart({at, order, keys_.handle(id), is_left}); // the later a row, the greater its order
        Place& place = ring.push_back();
        place.at = at;
        place.order = order;
        place.handle = keys_.handle(id);
        place.is_left = is_left;
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
    /// The row of the place's key, none where that has been evicted since.
    [[nodiscard]] std::uint32_t row_of(const JoinPlace& place) noexcept {
        if (not keys_.evicts()) return keys_.row_of_kept(place.handle);
        return place.order < born_[place.handle] ? none : keys_.row_of(place.handle);
    }
    void pop_stale(const JoinPlace* first) noexcept {
        pop(first);
        --stale_;
    }

    /// When the first of all is due.
    [[nodiscard]] Timestamp due() const noexcept {
        Timestamp due = others_.empty() ? max_time : others_.front().at;
        for (const auto& ring : rings_)
            if (not ring.empty()) due = std::min<Timestamp>(due, ring.front().at);
        return due;
    }
    /// Takes out all that is due at t or before, those of each side for themselves, where keys are not bounded: leave(entry, is_left).
    template <typename Leave>
    void let_go(Timestamp t, const Leave& leave) {
        for (const bool is_left : {false, true}) {
            auto& ring = rings_[is_left];
            while (not ring.empty() && ring.front().at <= t) {
                const std::size_t n = is_left ? fetch_due<true>(t) : fetch_due<false>(t);
                for (std::size_t i = 0; i < n; ++i) leave(keys_[keys_.row_of_kept(ring.at(i).handle)], is_left);
                ring.pop_front(n);
            }
        }
        while (not others_.empty() && others_.front().at <= t) {
            leave(keys_[keys_.row_of_kept(others_.front().handle)], others_.front().is_left);
            pop(&others_.front());
        }
    }

    void report(OperatorReport& row) const noexcept { keys_.report(row); }
    void save(StateWriter& to) const { keys_.save(to); }
    void load(StateReader& from) {
        keys_.load(from);
        for (auto& ring : rings_) ring = {};
        others_.clear();
        stale_ = 0;
        if (keys_.evicts()) born_.assign(keys_.size(), 0);
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
    [[nodiscard]] std::size_t waiting() const noexcept { return rings_[0].size() + rings_[1].size() + others_.size(); }
    /// Evicted keys have left places behind.
    void drop_stale() {
        for (auto& ring : rings_) {
            for (std::size_t n = ring.size(); n > 0; --n) {
                const Place place = ring.front();
                ring.pop_front();
                if (row_of(place) != none) ring.push_back(place);
            }
        }
        std::erase_if(others_, [this](const Place& place) { return row_of(place) == none; });
        std::make_heap(others_.begin(), others_.end(), std::greater<>());
        stale_ = 0;
    }
    [[gnu::noinline]] void wait_apart(const Place& place) {
        others_.push_back(place);
        std::push_heap(others_.begin(), others_.end(), std::greater<>());
    }
    /// How many of a side's places are due at t, of the next few; what they are of is being fetched.
    template <bool IsLeft>
    std::size_t fetch_due(Timestamp t) noexcept {
        constexpr std::size_t most = 64;
        const auto& ring = rings_[IsLeft];
        const std::size_t some = std::min(most, ring.size());
        std::size_t n = 0;
        while (n < some && ring.at(n).at <= t) ++n;
        if (not keys_.is_large()) return n;
        for (std::size_t i = 0; i < n; ++i) keys_.fetch_place(ring.at(i).handle);
        for (std::size_t i = 0; i < n; ++i) fetch(&keys_[keys_.row_of_kept(ring.at(i).handle)]);
        for (std::size_t i = 0; i < n; ++i) {
            Entry& entry = keys_[keys_.row_of_kept(ring.at(i).handle)];
            if constexpr (IsLeft) entry.left.fetch(true);
            else entry.right.fetch(true);
        }
        return n;
    }
    [[gnu::noinline]] void forget_empty() {
        for (std::uint32_t id = keys_.size(); id-- > 0;)
            if (keys_[id].empty()) keys_.forget(id);
        crowded_ = std::max(crowded_, 4 * keys_.size());
    }

    BoundedKeys<Key, Entry> keys_;
    typename Entry::Spare spare_{};
    Fifo<Place> rings_[2]; // of each side
    JobVector<Place> others_; // a heap, the next in front
    JobVector<dependent_t<std::uint64_t, Key>> born_; // where keys are evicted: the order of each handle's first row
    std::size_t stale_ = 0;     // places of keys that have been evicted
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
        detail::JoinSpare<T> spare;
        for (auto n = from.template get<std::size_t>(); n > 0; --n) {
            const auto time = from.template get<Timestamp>();
            const auto order = from.template get<std::uint64_t>();
            const auto matched = from.template get<bool>();
            rows.add(spare, time, order, matched, from.template get<T>());
        }
        return rows;
    }
};

} // namespace weir
