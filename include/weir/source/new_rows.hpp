// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/state.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace weir {

/// The greatest key of a table's rows that a job has read, for one that runs again and again over those that are new.
///     NewRows<std::int64_t> news(position);
///     run(from(sqlite::query<Sale>("shop.db", "select * from sale where id > ?", news.after())) | tap(news.seen(&Sale::id)) | ...);
///     position() is to be kept, best in the transaction that stores what the job gives: for the next run. Exact where keys grow in the order in
///     which their rows appear, and rows do not change: SQLite's `integer primary key autoincrement`; a sequence of PostgreSQL with `cache 1`, the
///     default, as its column's default, with postgres::query(...).settled(table). The key is Savable and ordered as the database orders it: an
///     integer, a time; a text where that compares bytes (PostgreSQL: id collate "C" > $1). A position of a key of another size is a StateError.
///     One thread at a time.
///     example: tests/connect/sqlite/insert_into.cpp
template <typename Key>
class NewRows {
public:
    /// position: of the last run; empty: all are new. before: a key that is less than all there can be; if not said otherwise the least
    /// number, which no row may have, or a Key{}.
    explicit NewRows(std::span<const std::byte> position = {}, Key before = least()) : after_(std::move(before)) {
        if (position.empty()) return;
        StateReader from(position.data(), position.size());
        from.get(after_);
        if (from.left() != 0) throw StateError("NewRows: the position is that of another kind of key");
    }
    /// What the rows that are new have greater keys than.
    [[nodiscard]] const Key& after() const noexcept { return after_; }
    [[nodiscard]] bool any() const noexcept { return any_; } ///< whether rows were seen
    /// To be called with each row, by tap(). It refers to this.
    template <typename Projection>
    [[nodiscard]] auto seen(Projection key) {
        return [this, key = std::move(key)](const auto& row) {
            const Key& its = std::invoke(key, row);
            any_ = true;
            if (after_ < its) after_ = its;
        };
    }
    /// Behind the rows that were seen.
    [[nodiscard]] std::vector<std::byte> position() const {
        BasicStateWriter<std::byte> to;
        to.put(after_);
        return to.data();
    }

private:
    static Key least() {
        if constexpr (std::numeric_limits<Key>::is_specialized) return std::numeric_limits<Key>::lowest();
        else return Key{};
    }
    Key after_;
    bool any_ = false;
};

} // namespace weir
