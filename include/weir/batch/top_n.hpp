// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/given_at_end.hpp>
#include <weir/batch/merge_sort.hpp>
#include <weir/batch/sort_keys.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/not_negative.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of top_n: keeps up to twice as many rows as it will give, and then the first of them.
template <typename S, typename Proj, typename Less>
class TopRows : public GivenAtEnd<TopRows<S, Proj, Less>, S::timed, owned_t<typename S::event>> {
    using Kept = owned_t<typename S::event>;
    friend GivenAtEnd<TopRows, S::timed, Kept>;

public:
    using kind = OperatorKind;

    TopRows(std::size_t n, Proj projection, Less less) : n_(n), keys_(std::move(projection), std::move(less)) {}

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        if (n_ == 0) {
            ++dropped_;
        } else if constexpr (std::is_same_v<std::remove_cvref_t<Given>, Kept>) {
            if (is_among(event)) keep(std::forward<Given>(event));
        } else {
            Kept row = to_owned(std::forward<Given>(event));
            if (is_among(row)) keep(std::move(row));
        }
    }
    /// Takes over what a worker has kept of the events that come next, and gives how many those were.
    template <typename Next>
    std::uint64_t take_part(TopRows& part, Next& next) {
        const std::uint64_t events = part.rows_.size() + part.spoilt_ + part.dropped_;
        const std::uint64_t held = rows_.size() + spoilt_, dropped = dropped_;
        try {
            for (Kept& row : part.rows_.all()) on_event(std::move(row), next); // equal ones are in their order
        } catch (...) { // then none of them has come
            clear();
            spoilt_ = held;
            dropped_ = dropped;
            throw;
        }
        spoilt_ += std::exchange(part.spoilt_, 0);
        dropped_ += std::exchange(part.dropped_, 0);
        part.clear();
        return events;
    }
    [[nodiscard]] bool had_several() const noexcept { return spoilt_ != 0; }
    void report(OperatorReport& row) const {
        row.held = rows_.size() + spoilt_;
        row.dropped(Drop::filtered) = dropped_;
    }
    void save(StateWriter& to) const {
        to.put(rows_);
        to.put(sorted_);
        to.put(dropped_);
    }
    void load(StateReader& from) {
        from.get(rows_);
        from.get(sorted_);
        from.get(dropped_);
    }

private:
    /// What comes later goes behind its equals.
    [[nodiscard]] bool is_among(const Kept& row) {
        if (not sorted_ || keys_.before(row, rows_.all()[n_ - 1])) return true;
        ++dropped_;
        return false;
    }
    template <typename Row>
    void keep(Row&& row) {
        rows_.emplace(std::forward<Row>(row));
        if (rows_.size() / 2 < n_) return;
        finish();
        sorted_ = true;
    }
    void finish() {
        try {
            merge_sort(rows_, [this](const Kept& a, const Kept& b) { return keys_.before(a, b); });
        } catch (...) { // some have been moved from
            spoilt_ += rows_.size();
            clear();
            throw;
        }
        for (; rows_.size() > n_; ++dropped_) rows_.pop_back();
        given_ = false;
    }
    std::span<Kept> next_piece() noexcept { return std::exchange(given_, true) ? std::span<Kept>() : rows_.all(); }
    void clear() noexcept {
        rows_.free();
        sorted_ = false;
    }

    std::size_t n_;
    WEIR_NO_UNIQUE_ADDRESS SortKeys<Kept, Proj, Less> keys_;
    Buffer<Kept> rows_;
    bool sorted_ = false; // the first n are, and those behind them come before the last of these
    bool given_ = false;
    std::uint64_t dropped_ = 0;
    std::uint64_t spoilt_ = 0; // rows that something that threw left in some state
};

template <typename Proj, typename Less>
struct TopNOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "top_n";
    template <typename>
    static constexpr bool keeps_events = true;
    std::size_t n;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    WEIR_NO_UNIQUE_ADDRESS Less less;

    template <typename S>
    void say_memory(auto& walk, const S&) const { // as many again until they are sorted, and while they are
        using E = owned_t<typename S::event>;
        walk.bounded(plus(grown(times(4, n), sizeof(E)), times(times(2, n), walk.template of_one<E>() - sizeof(E))));
    }
    template <typename S>
        requires(S::traits.bounded && Orders<S, Proj, Less> && std::movable<owned_t<typename S::event>>)
    using out = with_traits_t<with_whole_event_t<S, owned_t<typename S::event>>, owned(S::traits)>;

    /// Workers each keep the first of their parts.
    static constexpr bool gathers_always = true;
    template <typename S>
    static consteval bool gathers() { return OperatorOn<TopNOp, S>; }
    template <typename S>
    [[nodiscard]] static bool gathers(const S&) noexcept { return true; }
    template <typename S, typename Binding>
    auto bind_gathering(const S& stream, Binding&) && { return std::move(*this).bind(stream); }

    template <typename S>
    constexpr auto bind(const S&) && { return TopRows<S, Proj, Less>(n, std::move(projection), std::move(less)); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not S::traits.bounded)
            static_assert(never<Proj, S>, "top_n(n, projection): this stream has no end, so its first are never known. Put take(n) before it, or "
                                          "aggregate(top_k(n, by)) in a window.");
        else if constexpr (not Projects<S, Proj>)
            static_assert(never<Proj, S>, "top_n(n, projection): the projection cannot be called with this pipeline's events. Accepted: "
                                          "Key fn(const T&), a pointer to a member of T.");
        else if constexpr (not std::movable<owned_t<typename S::event>>)
            static_assert(never<Proj, S>, "top_n(n, projection): these events cannot be assigned to each other, as those of a std::map, whose keys "
                                          "are const. Make them into a type of yours with map(fn) before it.");
        else
            static_assert(never<Proj, S>, "top_n(n, projection, less): two keys cannot be compared. What the projection returns needs <, or give a "
                                          "comparator bool less(const Key&, const Key&).");
    }
};

} // namespace detail

/// Gives the n events that sort_by(projection, less) would give first, at the end and in its order.
///     E -> E, owned, with its event time; stable; watermarks wait until they are given. Keeps at most 2n events, and as many again for
///     moments; the others count as dropped (filtered). One comparison for most events, O(log n) for those that are kept for a while.
///     Workers each keep so many of the parts that they read. The n greatest: top_n(n, projection, std::greater<>()). After a stop nothing is given and what is kept counts as held.
///     Throws std::invalid_argument for a negative n.
///     example: tests/batch/top_n.cpp
template <detail::CountLike N, typename Proj, typename Less = std::less<>>
[[nodiscard]] constexpr auto top_n(N n, Proj projection, Less less = {}) {
    return detail::TopNOp<Proj, Less>{detail::not_negative(n, "top_n(n, projection)"), std::move(projection), std::move(less)};
}
template <typename... Wrong>
constexpr Refused top_n(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "top_n(n, projection, less): the number comes first, then what to compare, and perhaps a comparator. Accepted: "
                  "top_n(10, &T::price), top_n(10, std::identity()), top_n(10, &T::price, std::greater<>()).");
    return {};
}

} // namespace weir
