// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key_groups.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/short_text.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Keys that several threads may look at. (Of another type, who knows what it shares with its copies?)
template <typename Key>
inline constexpr bool may_share_key = std::is_trivially_copyable_v<Key> || StandardText<Key>;
template <typename... Keys>
inline constexpr bool may_share_key<std::tuple<Keys...>> = (may_share_key<Keys> && ...);
template <typename A, typename B>
inline constexpr bool may_share_key<std::pair<A, B>> = may_share_key<A> && may_share_key<B>;

/// All rows of a window on their way to copies, each of which takes those of its own keys; all look at all keys.
template <typename Key, typename Entry>
class SharedRows {
public:
    static constexpr bool is_safe = may_share_key<Key>; ///< where not, there are none
    Table<Key, Entry> rows; ///< for who gives them, unless they are taken just now

    /// Whether nobody is to take any, or all have.
    [[nodiscard]] bool is_free() const noexcept { return takers_.load(std::memory_order_acquire) == 0; }
    void give(std::uint32_t takers) noexcept { takers_.store(takers, std::memory_order_relaxed); } // they are told by what says that there are some
    void taken() noexcept { takers_.fetch_sub(1, std::memory_order_release); }

private:
    std::atomic<std::uint32_t> takers_{0};
};

/// What events of some keys have become, by windows, before they are given to who keeps these windows: of each key and window one row
/// (Larson, Data reduction by partial preaggregation, ICDE 2002). Rows are in the order of their first events.
///     Used again it keeps its memory, that of keys and states, too. Many rows are not here, but shared with others.
template <typename Key, typename Entry>
class CombinedRows {
public:
    using Shared = SharedRows<Key, Entry>;
    std::uint64_t events = 0;  ///< late ones, too; those of shared rows once they are taken
    std::uint64_t late = 0;    ///< that were too late for their windows
    Timestamp mark = min_time; ///< the watermark behind them

    void add(Timestamp start, Timestamp end, std::uint32_t hash, const Key& key, const Entry& entry) {
        if (windows_.empty() || windows_.back().end != end || windows_.back().start != start) windows_.push_back({start, end, 0, nullptr, 0, 0});
        if (size_ == rows_.size()) {
            rows_.push_back({hash, key, entry});
        } else {
            Row& row = rows_[size_];
            row.hash = hash;
            row.key = key;
            row.entry = entry;
        }
        ++size_;
        ++windows_.back().rows;
        events += entry.inputs();
    }
    /// What belongs to a copy of a window's rows, of which there are none here yet.
    void share(Timestamp start, Timestamp end, std::shared_ptr<Shared> rows, std::uint32_t copy, std::uint32_t copies) {
        windows_.push_back({start, end, 0, std::move(rows), copy, copies});
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return events == 0 && windows_.empty(); }
    void clear() noexcept {
        for (Window& window : windows_)
            if (window.shared) window.shared->taken();
        events = late = 0;
        windows_.clear();
        size_ = 0;
    }

    /// Adds all to the windows of a store, none of which is over at the mark.
    template <typename Store, typename A>
    void merge_into(Store& store, Timestamp store_mark, const A& aggregate) {
        const Row* row = rows_.data();
        for (Window& window : windows_) {
            auto& to = store.rows_of(window.start, window.end, store_mark);
            if constexpr (Shared::is_safe) {
                if (window.shared) {
                    events += take_shared(to, window, aggregate);
                    std::exchange(window.shared, nullptr)->taken();
                    continue;
                }
            }
            std::uint64_t hashes[most];
            std::uint32_t numbers[most];
            for (std::size_t left = window.rows; left != 0;) {
                const std::size_t n = std::min(left, most);
                for (std::size_t i = 0; i < n; ++i) hashes[i] = row[i].hash;
                to.guess(std::span<const std::uint64_t>(hashes, n), numbers);
                for (std::size_t i = 0; i < n; ++i, ++row) to[to.find_or_insert(row->key, row->hash, numbers[i])].value.merge(row->entry, aggregate);
                left -= n;
            }
        }
        store.hold(events - late);
    }

private:
    static constexpr std::size_t most = 64;
    struct Row {
        std::uint32_t hash;
        Key key;
        Entry entry;
    };
    struct Window {
        Timestamp start;
        Timestamp end;
        std::size_t rows;
        std::shared_ptr<Shared> shared; // these in place of rows:
        std::uint32_t copy;             // the keys of this one
        std::uint32_t copies;
    };

    /// Gives how many events they stand for.
    template <typename Rows, typename A>
    static std::uint64_t take_shared(Rows& to, const Window& window, const A& aggregate) {
        const Rows& from = window.shared->rows; // who reads the same rows changes none
        const KeysOfCopy own(window.copy, window.copies);
        const bool are_all_new = to.empty();
        std::uint64_t n = 0;
        for (std::uint32_t i = 0; i < from.size(); ++i) {
            const auto& row = from[i];
            if (not own.has(row.key)) continue;
            n += row.value.inputs();
            if (are_all_new) to.append(row.key, from.hash_of(i), row.value);
            else to[to.find_or_insert(row.key, from.hash_of(i)).first].value.merge(row.value, aggregate);
        }
        return n;
    }

public:
    static constexpr std::size_t row_size = sizeof(Row);

private:
    JobVector<Row> rows_; // from size_ on: of before
    JobVector<Window> windows_;
    std::size_t size_ = 0;
};

} // namespace weir::detail
