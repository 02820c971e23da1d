// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/buffer.hpp>
#include <weir/core/fields.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/partitions.hpp>
#include <weir/keyed/table.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>

namespace weir::detail {

inline constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();

/// The first row of a key, beside the key: mostly it is the only one.
template <typename Row>
struct FirstRow {
    kept_state_t<Row> row{};
    std::uint32_t next = no_row; // its key's second among the later rows,
    std::uint32_t last = no_row; // and its last
    bool matched = false;        // so are all rows of the key
    static constexpr auto fields() {
        return weir::fields("row", &FirstRow::row, "next", &FirstRow::next, "last", &FirstRow::last, "matched", &FirstRow::matched);
    }
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
        (first.next == no_row ? first.next : later_.all()[first.last].next) = at;
        first.last = at;
    }
    template <typename Make>
    void add_without_key(const Make& make) { static_cast<void>(add_later(make, no_row)); }

    /// The number of a key, or no_row.
    template <typename K>
    [[nodiscard]] WEIR_INLINE std::uint32_t find(const K& key, std::uint64_t hash, std::uint32_t guessed = no_row) const noexcept {
        return keys_.is_row_of(guessed, key) ? guessed : keys_.find(key, hash);
    }
    /// For each hash a guess of its key's number; its first row is being fetched.
    void guess(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) const noexcept { keys_.guess(hashes, numbers); }

    /// Someone looks at all rows of a key.
    WEIR_INLINE void match(std::uint32_t key) noexcept {
        if (bool& matched = keys_[key].value.matched; not matched) matched = true; // mostly it is: then nothing is written
    }
    [[nodiscard]] const Row& first(std::uint32_t key) noexcept { return shown(keys_[key].value.row); }
    /// Its second row, and what follows each: no_row if there is none.
    [[nodiscard]] std::uint32_t second(std::uint32_t key) const noexcept { return keys_[key].value.next; }
    [[nodiscard]] const Row& later(std::uint32_t at) noexcept { return shown(later_.all()[at].row); }
    [[nodiscard]] std::uint32_t behind(std::uint32_t at) const noexcept { return later_.all()[at].next; }

    [[nodiscard]] bool at_end(const HashCursor& at) const noexcept { return at.key == keys_.size() && at.later == later_.size(); }
    [[nodiscard]] bool is_matched(const HashCursor& at) const noexcept {
        const std::uint32_t key = is_later(at) ? later_.all()[at.later].key : at.key;
        return key != no_row && keys_[key].value.matched;
    }
    [[nodiscard]] const Row& row(const HashCursor& at) noexcept { return is_later(at) ? later(at.later) : first(at.key); }
    void step(HashCursor& at) const noexcept { ++(is_later(at) ? at.later : at.key); }

    void clear() {
        keys_ = {};
        later_ = {};
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
        if (later_.size() >= no_row) throw std::length_error("hash_join: the right side holds no more rows than this");
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
    bool matched = false;
    static constexpr auto fields() { return weir::fields("n", &CountedRows::n, "matched", &CountedRows::matched); }
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
    template <typename K>
    [[nodiscard]] WEIR_INLINE std::uint32_t find(const K& key, std::uint64_t hash, std::uint32_t guessed = no_row) const noexcept {
        return keys_.is_row_of(guessed, key) ? guessed : keys_.find(key, hash);
    }
    void guess(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) const noexcept { keys_.guess(hashes, numbers); }
    WEIR_INLINE void match(std::uint32_t key) noexcept {
        if (bool& matched = keys_[key].value.matched; not matched) matched = true; // mostly it is: then nothing is written
    }
    /// How many rows nobody looked at.
    [[nodiscard]] std::uint64_t unmatched() const noexcept {
        std::uint64_t n = 0;
        for (const auto& row : keys_) n += row.value.matched ? 0 : row.value.n;
        return n;
    }
    void clear() {
        keys_ = {};
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
