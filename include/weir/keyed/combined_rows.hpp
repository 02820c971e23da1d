// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace weir::detail {

/// What events of some keys have become, by windows, before they are given to who keeps these windows: of each key and window one row
/// (Larson, Data reduction by partial preaggregation, ICDE 2002). Rows are in the order of their first events.
///     Used again it keeps its memory, that of keys and states, too.
template <typename Key, typename Entry>
class CombinedRows {
public:
    std::uint64_t events = 0;  ///< late ones, too
    std::uint64_t late = 0;    ///< that were too late for their windows
    Timestamp mark = min_time; ///< the watermark behind them

    void add(Timestamp start, Timestamp end, std::uint32_t hash, const Key& key, const Entry& entry) {
        if (windows_.empty() || windows_.back().end != end || windows_.back().start != start) windows_.push_back({start, end, 0});
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
        events += entry.n;
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void clear() noexcept {
        events = late = 0;
        windows_.clear();
        size_ = 0;
    }

    /// Adds all to the windows of a store, none of which is over at the mark.
    template <typename Store, typename A>
    void merge_into(Store& store, Timestamp store_mark, const A& aggregate) const {
        const Row* row = rows_.data();
        for (const Window& window : windows_) {
            auto& to = store.rows_of(window.start, window.end, store_mark);
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
    };

public:
    static constexpr std::size_t row_size = sizeof(Row);

private:
    JobVector<Row> rows_; // from size_ on: of before
    JobVector<Window> windows_;
    std::size_t size_ = 0;
};

} // namespace weir::detail
