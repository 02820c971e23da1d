// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/shared_sorting.hpp>
#include <weir/batch/sorting.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace weir {
namespace detail {

/// sort_by behind workers that gather its rows.
template <typename Op>
struct SharedSortByOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = Op::name;
    Op op;
    template <typename S>
    using out = typename Op::template out<S>;
    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && {
        return SharedSorting<S, decltype(op.projection), decltype(op.less)>(std::move(op.projection), std::move(op.less), binding.memory(), binding.graph().workers());
    }
};

template <typename Proj, typename Less>
struct SortByOp {
    using kind = OperatorKind;
    template <typename S>
    void say_memory(auto& walk, const S&) const { walk.given(); }
    static constexpr std::string_view name = "sort_by";
    template <typename>
    static constexpr bool keeps_events = true;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    WEIR_NO_UNIQUE_ADDRESS Less less;

    template <typename S>
        requires(S::traits.bounded && Orders<S, Proj, Less> && std::movable<owned_t<typename S::event>>)
    using out = with_traits_t<with_whole_event_t<S, owned_t<typename S::event>>, owned(S::traits)>;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && { return Sorting<S, Proj, Less>(std::move(projection), std::move(less), binding.memory()); }

    /// Workers keep the rows of parts, and sort them beside each other when all are there.
    static constexpr bool gathers_always = true;
    template <typename S>
    static consteval bool gathers() { return OperatorOn<SortByOp, S>; }
    template <typename S>
    [[nodiscard]] static bool gathers(const S&) noexcept { return true; }
    template <typename S, typename Binding>
    auto bind_gathering(const S&, Binding& binding) && {
        return RowsOfPart<S, Proj, Less>(std::move(projection), std::move(less), binding.memory(), binding.graph().workers());
    }
    [[nodiscard]] auto behind_gathering() const { return SharedSortByOp<SortByOp>{*this}; }
    /// So large parts of a source should be at most.
    [[nodiscard]] static std::size_t part_bytes(MemoryBudget& memory, std::size_t workers) { return std::max<std::size_t>(bytes_of_part(memory.bytes(), workers) / 4, 65'536); }

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
///     Workers keep the rows of their parts of the source, sort them beside each other when all are there, and write runs beside each other;
///     the order is the same, and the functions are copied. After a stop nothing is given and the events count as held. A checkpoint saves all events, so it needs memory for them.
///     example: tests/batch/sort_by.cpp, tests/batch/spilled_sort.cpp, tests/runtime/shared_work.cpp
template <typename Proj, typename Less = std::less<>>
[[nodiscard]] constexpr auto sort_by(Proj projection, Less less = {}) {
    return detail::SortByOp<Proj, Less>{std::move(projection), std::move(less)};
}
template <typename... Wrong>
constexpr Refused sort_by(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "sort_by(projection, less): it takes what to sort by and perhaps a comparator. Accepted: "
                  "sort_by(&T::name), sort_by(std::identity()), sort_by(&T::name, std::greater<>()).");
    return {};
}

} // namespace weir
