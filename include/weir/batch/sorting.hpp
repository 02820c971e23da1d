// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/given_at_end.hpp>
#include <weir/batch/row_sorter.hpp>
#include <weir/batch/sorted_runs.hpp>
#include <weir/batch/text_sorter.hpp>
#include <weir/core/footprint.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <typename Kept, typename Proj, typename Less>
struct SorterOf {
    using type = RowSorter<Kept, Proj, Less>;
};
template <typename Proj, typename Less>
    requires(SortKeys<std::string, Proj, Less>::by_digits || SortKeys<std::string, Proj, Less>::by_text)
struct SorterOf<std::string, Proj, Less> {
    using type = TextSorter<Proj, Less>;
};

/// Rows in memory, and in sorted runs on disk what had no room there.
template <typename S, typename Proj, typename Less>
class RowsAndRuns {
protected:
    using Kept = owned_t<typename S::event>;
    using Sorter = typename SorterOf<Kept, Proj, Less>::type;
    using Row = typename Sorter::Keys::Row; // as it lies in memory and in runs
    static constexpr bool spills = Spillable<Kept>;
    struct Nothing {};
    template <typename T>
    using IfSpills = std::conditional_t<spills, T, Nothing>;

    RowsAndRuns(Proj projection, Less less) : rows_(std::move(projection), std::move(less)) {}

    [[nodiscard]] std::size_t held() const noexcept {
        if constexpr (spills) return rows_.size() + runs_.rows();
        else return rows_.size();
    }
    template <typename Given>
    void add(Given&& event) {
        taken_ += rows_.add(std::forward<Given>(event));
    }
    template <typename E>
    void append(std::span<E> events) {
        rows_.append(events);
        taken_ += events.size() * Sorter::bytes_per_row;
    }
    /// Those in memory become a run. memory: what merging may take.
    void write_run(const MemoryBudget::Share& share, std::size_t memory) {
        rows_.sort();
        runs_.add(share, memory, [this](Spill<Kept>& run) {
            rows_.each([&run](const Row& row) { run.put(row); });
        });
        taken_ = 0;
    }

    Sorter rows_;
    std::size_t taken_ = 0; // of memory,
    std::size_t limit_ = 0; // where there is no more
    IfSpills<SortedRuns<Kept>> runs_;
};

/// The running form of sort_by: keeps all, beyond its share of the memory in sorted runs on disk, then gives them piece by piece.
template <typename S, typename Proj, typename Less>
class Sorting : public GivenAtEnd<Sorting<S, Proj, Less>, S::timed, owned_t<typename S::event>>, protected RowsAndRuns<S, Proj, Less> {
    using Rows = RowsAndRuns<S, Proj, Less>;

protected:
    using typename Rows::Kept;
    using typename Rows::Nothing;
    using typename Rows::Sorter;
    friend GivenAtEnd<Sorting, S::timed, Kept>;
    using typename Rows::Row;
    using Keys = typename Sorter::Keys;
    static constexpr bool is_text = not std::is_same_v<Row, Kept>;
    using Rows::held;
    using Rows::limit_;
    using Rows::rows_;
    using Rows::runs_;
    using Rows::spills;
    using Rows::taken_;

public:
    using kind = OperatorKind;

    Sorting(Proj projection, Less less, MemoryBudget& memory) : Rows(std::move(projection), std::move(less)) {
        if constexpr (spills) share_.emplace(memory.share());
    }

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        make_room();
        Rows::add(std::forward<Given>(event));
    }
    template <typename E, typename Next>
        requires(Sorter::takes_spans && std::is_same_v<std::remove_const_t<E>, Kept>)
    void on_span(std::span<E> events, Next&) {
        for (unfinished_ = events.size(); unfinished_ > 0;) {
            make_room();
            std::size_t n = unfinished_;
            if constexpr (spills) n = std::min(n, (limit_ - taken_) / Sorter::bytes_per_row + 1);
            Rows::append(events.last(unfinished_).first(n));
            unfinished_ -= n;
        }
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return std::max<std::size_t>(unfinished_, 1); }
    void report(OperatorReport& row) const {
        row.held = held();
        if constexpr (spills) row.spilled = runs_.bytes();
    }
    /// All rows, those on disk too: a checkpoint needs memory for them.
    void save(StateWriter& to) const {
        to.put(held());
        if constexpr (spills) runs_.each([&to](const Kept& row) { to.put(row); });
        rows_.each_as_it_came([&to](const Row& row) {
            if constexpr (is_text) to.put_text(row);
            else to.put(row);
        });
    }
    void load(StateReader& from) {
        Nothing nothing;
        for (auto n = from.get<std::size_t>(); n > 0; --n) on_event(from.get<Kept>(), nothing);
    }

protected:
    /// For one row more: where the memory is used up, what is in it goes to disk.
    WEIR_INLINE void make_room() {
        if constexpr (spills)
            if (taken_ >= limit_) [[unlikely]] make_room_on_disk();
    }
    [[gnu::noinline]] void make_room_on_disk() {
        if (taken_ > 0) spill();
        const std::size_t bytes = share_->bytes();
        const std::size_t limit = std::max<std::size_t>(bytes - bytes / (std::is_trivially_copyable_v<Kept> ? 16 : 8), 1); // allocations leave gaps
        if (std::exchange(limit_, limit) != limit) rows_.block_bytes(std::clamp<std::size_t>(bytes / 16, 4096, std::size_t{1} << 21U));
    }
    void spill() {
        Rows::write_run(*share_, share_->bytes() / 2);
        rows_.clear();
        if (not runs_.is_full()) return;
        rows_.free();
        runs_.merge_full(rows_.keys());
    }
    void finish() {
        if constexpr (spills) {
            if (not runs_.empty()) {
                if (rows_.size() > 0) spill();
                rows_.free();
                merging_.emplace(runs_.merging(rows_.keys()));
                return;
            }
        }
        rows_.sort();
    }
    std::span<Kept> next_piece() {
        if constexpr (spills) {
            if (merging_) {
                merged_.clear();
                if constexpr (is_text) {
                    for (; not merged_.is_full(); merging_->take()) {
                        const Row* const row = merging_->front();
                        if (row == nullptr) break;
                        merged_.add(*row);
                    }
                } else {
                    constexpr std::size_t most = std::max<std::size_t>(16384 / sizeof(Kept), 1);
                    for (std::size_t bytes = 0; merged_.size() < most && bytes < 65536; merging_->take()) {
                        Kept* const row = merging_->front();
                        if (row == nullptr) break;
                        bytes += bytes_beside(*row);
                        merged_.emplace(std::move(*row));
                    }
                }
                return merged_.all();
            }
        }
        return rows_.next();
    }
    void clear() noexcept {
        rows_.free();
        if constexpr (spills) {
            merging_.reset();
            runs_.clear();
        }
        merged_.free();
    }

    std::size_t unfinished_ = 0; // of the span at hand
    std::optional<MemoryBudget::Share> share_;
    typename Rows::template IfSpills<std::optional<Merging<Kept, Keys>>> merging_;
    std::conditional_t<is_text, OwnedTexts<>, Buffer<Kept>> merged_;
};

} // namespace weir::detail
