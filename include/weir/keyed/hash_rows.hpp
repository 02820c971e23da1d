// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/buffer.hpp>
#include <weir/core/fields.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/fetch.hpp>
#include <weir/keyed/partitions.hpp>
#include <weir/keyed/table.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>

namespace weir::detail {

inline constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();

/// The number of a key's next row, if any, and whether somebody has looked at the key: in one word, as most keys have one row, and have been
/// looked at. Threads may set the mark at once.
template <typename Word = std::uint32_t> // a template, so that it costs only those who join
class RowsBehind {
public:
    static constexpr Word none = ~(Word{1} << 31U);

    /// Sets the mark; the number, or no_row.
    [[nodiscard]] WEIR_INLINE Word look() noexcept {
        const std::atomic_ref word(word_);
        const Word now = word.load(std::memory_order_relaxed);
        if (now == ~Word{0}) [[likely]] return no_row;
        word.store(now | ~none, std::memory_order_relaxed); // all who write it write the same
        return next_of(now);
    }
    [[nodiscard]] Word next() const noexcept { return next_of(word_); }
    [[nodiscard]] bool looked_at() const noexcept { return word_ > none; }
    void set(Word next) noexcept { word_ = (word_ & ~none) | next; }
    static constexpr auto fields() { return weir::fields("word", &RowsBehind::word_); }

private:
    static Word next_of(Word word) noexcept { return (word & none) == none ? no_row : word & none; }
    Word word_ = none;
};

/// The first row of a key, beside the key: mostly it is the only one.
template <typename Row>
struct FirstRow {
    kept_state_t<Row> row{};
    RowsBehind<> next;           // its key's second among the later rows,
    std::uint32_t last = no_row; // and its last
    static constexpr auto fields() { return weir::fields("row", &FirstRow::row, "next", &FirstRow::next, "last", &FirstRow::last); }
};
/// A row whose key had one before, or that has no key.
template <typename Row>
struct LaterRow {
    kept_state_t<Row> row{};
    std::uint32_t key = no_row; // the number of its key, if any,
    std::uint32_t next = no_row; // the next row with that,
    std::uint32_t behind = 0;    // and how many keys were there when it came
    static constexpr auto fields() {
        return weir::fields("row", &LaterRow::row, "key", &LaterRow::key, "next", &LaterRow::next, "behind", &LaterRow::behind);
    }
};

/// Where the next row in the order of arrival is.
struct HashCursor {
    std::uint32_t key = 0;
    std::uint32_t later = 0;
};

/// How keys of a table are looked up while it stays as it is: its rows need not be asked for each time.
template <typename Table, typename Found>
class KeyFinder {
public:
    explicit KeyFinder(Table& table) noexcept : rows_(table.begin()), size_(static_cast<std::uint32_t>(table.size())), table_(table) {}
    template <typename K>
    [[nodiscard]] WEIR_INLINE Found operator()(const K& key, std::uint64_t hash, std::uint32_t guessed = no_row) const noexcept {
        if (guessed < size_ && same_key(rows_[guessed].key, key)) [[likely]] return Found(rows_ + guessed);
        const std::uint32_t row = table_.find(key, hash);
        return Found(row == no_row ? nullptr : rows_ + row);
    }

private:
    typename Table::Row* rows_;
    std::uint32_t size_;
    const Table& table_;
};

/// All rows of one side, by their keys, and in the order of their arrival.
template <typename Key, typename Row>
class HashRows {
    using First = FirstRow<Row>;
    using Later = LaterRow<Row>;

public:
    [[nodiscard]] std::size_t size() const noexcept { return keys_.size() + later_.size(); }
    [[nodiscard]] std::size_t keys() const noexcept { return keys_.size(); }
    /// About how much memory they take, or would when they grow by so many.
    [[nodiscard]] std::size_t bytes_with(std::size_t more) const noexcept {
        return keys_.bytes() * (keys_.vacancies() < more ? 3 : 1) + later_.size() * 3 * sizeof(Later) + beside_;
    }

    /// make(): gives the row. It is moved from where it lies only when its key, which may lie in it, has been kept.
    template <typename K, typename Make>
    void add(const K& key, std::uint64_t hash, std::uint32_t guessed, const Make& make) {
        const std::size_t before = keys_.size();
        const std::uint32_t id = keys_.find_or_insert(key, hash, guessed);
        First& first = keys_[id].value;
        if (keys_.size() != before) {
            if constexpr (owns_memory<Key>()) beside_ += bytes_beside(keys_[id].key);
            first.row = make();
            if constexpr (owns_memory<Row>()) beside_ += bytes_beside(shown(first.row));
            return;
        }
        const std::uint32_t at = add_later(make, id);
        if (first.last == no_row) first.next.set(at);
        else later_.all()[first.last].next = at;
        first.last = at;
    }
    template <typename Make>
    void add_without_key(const Make& make) { static_cast<void>(add_later(make, no_row)); }

    /// The first row of a key, which looks at all of them; what follows is then to be asked of later(). Valid until a row is added.
    class Found {
    public:
        explicit Found(typename Table<Key, First>::Row* row) noexcept : row_(row) {}
        [[nodiscard]] explicit operator bool() const noexcept { return row_ != nullptr; }
        [[nodiscard]] const Row& row() const noexcept { return shown(row_->value.row); }
        /// Marks the key; the number of its second row, or no_row.
        [[nodiscard]] std::uint32_t look() const noexcept { return row_->value.next.look(); }

    private:
        typename Table<Key, First>::Row* row_;
    };
    /// Looks keys up, with a guess of their numbers or without. Valid until a row is added.
    using Finder = KeyFinder<Table<Key, First>, Found>;
    [[nodiscard]] Finder finder() noexcept { return Finder(keys_); }
    /// For each hash a guess of its key's number; its first row is being fetched, to its end.
    void guess(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) const noexcept {
        if (not keys_.is_large()) return keys_.guess(hashes, numbers);
        const auto guess_one = keys_.guesser();
        for (const std::uint64_t hash : hashes) keys_.prefetch(hash);
        for (std::size_t i = 0; i < hashes.size(); ++i) fetch(keys_.begin() + (numbers[i] = guess_one(hashes[i])));
    }

    /// One that is not its key's first, and what follows it: no_row if there is none.
    [[nodiscard]] const Row& later(std::uint32_t at) noexcept { return shown(later_.all()[at].row); }
    [[nodiscard]] std::uint32_t behind(std::uint32_t at) const noexcept { return later_.all()[at].next; }

    [[nodiscard]] bool at_end(const HashCursor& at) const noexcept { return at.key == keys_.size() && at.later == later_.size(); }
    [[nodiscard]] bool is_matched(const HashCursor& at) const noexcept {
        const std::uint32_t key = is_later(at) ? later_.all()[at.later].key : at.key;
        return key != no_row && keys_[key].value.next.looked_at();
    }
    [[nodiscard]] const Row& row(const HashCursor& at) noexcept { return is_later(at) ? later(at.later) : shown(keys_[at.key].value.row); }
    void step(HashCursor& at) const noexcept { ++(is_later(at) ? at.later : at.key); }

    void clear() {
        keys_.free();
        later_.free();
        beside_ = 0;
    }
    void save(StateWriter& to) const {
        keys_.save(to);
        to.put(later_);
    }
    void load(StateReader& from) {
        keys_.load(from);
        from.get(later_);
    }

private:
    [[nodiscard]] bool is_later(const HashCursor& at) const noexcept { return at.later < later_.size() && later_.all()[at.later].behind <= at.key; }
    [[nodiscard]] static const Row& shown(const kept_state_t<Row>& row) noexcept {
        if constexpr (made_of_nothing<Row>) return row;
        else return *row;
    }
    template <typename Make>
    std::uint32_t add_later(const Make& make, std::uint32_t key) {
        if (later_.size() >= RowsBehind<>::none) throw std::length_error("hash_join: the right side holds no more rows than this");
        const auto at = static_cast<std::uint32_t>(later_.size());
        const Later& added = later_.emplace(Later{make(), key, no_row, static_cast<std::uint32_t>(keys_.size())});
        if constexpr (owns_memory<Row>()) beside_ += bytes_beside(shown(added.row));
        return at;
    }

    Table<Key, First> keys_;
    Buffer<Later> later_;
    std::size_t beside_ = 0; // what keys and rows own; not of those that were loaded
};

/// How many rows have a key, where nothing more is asked of them.
template <typename N = std::uint64_t> // a template, so that it costs only those who join
struct CountedRows {
    std::uint64_t n = 0;
    RowsBehind<> mark;
    static constexpr auto fields() { return weir::fields("n", &CountedRows::n, "mark", &CountedRows::mark); }
};
/// The same of a key in a file.
template <typename Key>
struct CountedKey {
    Key key{};
    std::uint64_t n = 0;
    static constexpr auto fields() { return weir::fields("key", &CountedKey::key, "n", &CountedKey::n); }
};

/// The keys of one side alone.
template <typename Key>
class HashKeys {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t keys() const noexcept { return keys_.size(); }
    [[nodiscard]] std::size_t bytes_with(std::size_t more) const noexcept { return keys_.bytes() * (keys_.vacancies() < more ? 3 : 1) + beside_; }
    template <typename K>
    void add(const K& key, std::uint64_t hash, std::uint32_t guessed, std::uint64_t n = 1) {
        const std::size_t before = keys_.size();
        auto& row = keys_[keys_.find_or_insert(key, hash, guessed)];
        if constexpr (owns_memory<Key>())
            if (keys_.size() != before) beside_ += bytes_beside(row.key);
        row.value.n += n;
        size_ += n;
    }
    /// fn(key, n) for each.
    template <typename Fn>
    void for_each(const Fn& fn) {
        for (auto& row : keys_) fn(std::as_const(row.key), row.value.n);
    }
    class Found {
    public:
        explicit Found(typename Table<Key, CountedRows<>>::Row* row) noexcept : row_(row) {}
        [[nodiscard]] explicit operator bool() const noexcept { return row_ != nullptr; }
        std::uint32_t look() const noexcept { return row_->value.mark.look(); }

    private:
        typename Table<Key, CountedRows<>>::Row* row_;
    };
    using Finder = KeyFinder<Table<Key, CountedRows<>>, Found>;
    [[nodiscard]] Finder finder() noexcept { return Finder(keys_); }
    void guess(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) const noexcept { keys_.guess(hashes, numbers); }
    /// How many rows nobody looked at.
    [[nodiscard]] std::uint64_t unmatched() const noexcept {
        std::uint64_t n = 0;
        for (const auto& row : keys_) n += row.value.mark.looked_at() ? 0 : row.value.n;
        return n;
    }
    void clear() {
        keys_.free();
        size_ = beside_ = 0;
    }
    void save(StateWriter& to) const { keys_.save(to); }
    void load(StateReader& from) {
        keys_.load(from);
        size_ = 0;
        for (const auto& row : keys_) size_ += row.value.n;
    }

private:
    Table<Key, CountedRows<>> keys_;
    std::size_t size_ = 0;
    std::size_t beside_ = 0;
};

} // namespace weir::detail
