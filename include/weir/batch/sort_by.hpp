// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/given_at_end.hpp>
#include <weir/batch/row_sorter.hpp>
#include <weir/batch/sorted_runs.hpp>
#include <weir/core/footprint.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of sort_by: keeps all, beyond its share of the memory in sorted runs on disk, then gives them piece by piece.
template <typename S, typename Proj, typename Less>
class Sorting : public GivenAtEnd<Sorting<S, Proj, Less>, S::timed, owned_t<typename S::event>> {
    using Kept = owned_t<typename S::event>;
    friend GivenAtEnd<Sorting, S::timed, Kept>;
    using Sorter = RowSorter<Kept, Proj, Less>;
    using Keys = SortKeys<Kept, Proj, Less>;
    static constexpr bool spills = Spillable<Kept>;

public:
    using kind = OperatorKind;

    Sorting(Proj projection, Less less, MemoryBudget& memory) : rows_(std::move(projection), std::move(less)) {
        if constexpr (spills) share_.emplace(memory.share());
    }

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        make_room();
        const Kept& row = rows_.add(to_owned(std::forward<Given>(event)));
        if constexpr (spills) taken_ += Sorter::bytes_of(row);
    }
    template <typename E, typename Next>
        requires(Sorter::takes_spans && std::is_same_v<std::remove_const_t<E>, Kept>)
    void on_span(std::span<E> events, Next&) {
        for (unfinished_ = events.size(); unfinished_ > 0;) {
            make_room();
            std::size_t n = unfinished_;
            if constexpr (spills) n = std::min(n, (limit_ - taken_) / Sorter::bytes_per_row + 1);
            rows_.append(events.last(unfinished_).first(n));
            taken_ += n * Sorter::bytes_per_row;
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
        const auto put = [&to](const Kept& row) { to.put(row); };
        if constexpr (spills) runs_.each(put);
        rows_.each_as_it_came(put);
    }
    void load(StateReader& from) {
        Nothing nothing;
        for (auto n = from.get<std::size_t>(); n > 0; --n) on_event(from.get<Kept>(), nothing);
    }

private:
    struct Nothing {};

    [[nodiscard]] std::size_t held() const noexcept {
        if constexpr (spills) return rows_.size() + runs_.rows();
        else return rows_.size();
    }
    /// For one row more: where the memory is used up, what is in it goes to disk.
    void make_room() {
        if constexpr (spills) {
            if (taken_ < limit_) return;
            if (taken_ > 0) spill();
            const std::size_t bytes = share_->bytes();
            const std::size_t limit = std::max<std::size_t>(bytes - bytes / (std::is_trivially_copyable_v<Kept> ? 16 : 8), 1); // allocations leave gaps
            if (std::exchange(limit_, limit) != limit) rows_.block_bytes(std::clamp<std::size_t>(bytes / 16, 4096, std::size_t{1} << 20U));
        }
    }
    void spill() {
        rows_.sort();
        runs_.add(*share_, share_->bytes() / 2, [this](Spill<Kept>& run) {
            rows_.each([&run](const Kept& row) { run.put(row); });
        });
        rows_.clear();
        taken_ = 0;
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
                constexpr std::size_t most = std::max<std::size_t>(16384 / sizeof(Kept), 1);
                merged_.clear();
                for (std::size_t bytes = 0; merged_.size() < most && bytes < 65536; merging_->take()) {
                    Kept* const row = merging_->front();
                    if (row == nullptr) break;
                    bytes += bytes_beside(*row);
                    merged_.emplace(std::move(*row));
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
        merged_ = {};
    }

    Sorter rows_;
    std::size_t unfinished_ = 0; // of the span at hand
    std::size_t taken_ = 0;      // of memory
    std::size_t limit_ = 0;
    template <typename T>
    using IfSpills = std::conditional_t<spills, T, Nothing>;
    std::optional<MemoryBudget::Share> share_;
    IfSpills<SortedRuns<Kept>> runs_;
    IfSpills<std::optional<Merging<Kept, Keys>>> merging_;
    Buffer<Kept> merged_;
};

template <typename Proj, typename Less>
struct SortByOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "sort_by";
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    WEIR_NO_UNIQUE_ADDRESS Less less;

    template <typename S>
        requires(S::traits.bounded && Orders<S, Proj, Less> && std::movable<owned_t<typename S::event>>)
    using out = with_traits_t<with_whole_event_t<S, owned_t<typename S::event>>, owned(S::traits)>;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && { return Sorting<S, Proj, Less>(std::move(projection), std::move(less), binding.memory()); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not S::traits.bounded)
            static_assert(never<Proj, S>, "sort_by(projection): this stream has no end, so it can never be sorted. Put take(n) before it, or sort "
                                          "each batch in process(p) behind micro_batch(n).");
        else if constexpr (not Projects<S, Proj>)
            static_assert(never<Proj, S>, "sort_by(projection): the projection cannot be called with this pipeline's events. Accepted: "
                                          "Key fn(const T&), a pointer to a member of T.");
        else if constexpr (not std::movable<owned_t<typename S::event>>)
            static_assert(never<Proj, S>, "sort_by(projection): these events cannot be assigned to each other, as those of a std::map, whose keys "
                                          "are const. Make them into a type of yours with map(fn) before it.");
        else
            static_assert(never<Proj, S>, "sort_by(projection, less): two keys cannot be compared. What the projection returns needs <, or give a "
                                          "comparator bool less(const Key&, const Key&).");
    }
};

} // namespace detail

/// Gives the events of a bounded stream sorted by what the projection gives for them, at the end.
///     E -> E, owned, with its event time; stable; watermarks wait until they are given. All are kept (it allocates): beyond its share of
///     RunOptions::memory as sorted runs in temporary files, which are merged; each event is then written once or, with more than about
///     64 runs, a few times. Trivially copyable events are written as they are, others as state is saved (see Savable: of a type with
///     fields() those), what cannot be saved stays in memory. FileError: the disk is full or fails; then nothing was given.
///     Keys that are numbers, enums or times, by < or >, are sorted by their digits (NaN comes last), lent strings by their bytes, others
///     by comparing: those of O(n log n). The projection is called when an event comes or at the end, and again where runs are merged.
///     After a stop nothing is given and the events count as held. A checkpoint saves all events, so it needs memory for them.
///     example: tests/batch/sort_by.cpp, tests/batch/spilled_sort.cpp
template <typename Proj, typename Less = std::less<>>
[[nodiscard]] constexpr auto sort_by(Proj projection, Less less = {}) {
    return detail::SortByOp<Proj, Less>{std::move(projection), std::move(less)};
}

} // namespace weir
