// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/dealer.hpp>
#include <weir/batch/merge_sort.hpp>
#include <weir/core/radix_sort.hpp>

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

/// The running form of sort_by: keeps all, then gives them as one batch taken apart.
template <typename S, typename Proj, typename Less>
class Sorting {
    using E = typename S::event;
    using Kept = owned_t<E>;

public:
    using kind = OperatorKind;

    Sorting(Proj projection, Less less) : projection_(std::move(projection)), less_(std::move(less)) {}

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        rows_.emplace(to_owned(std::forward<Given>(event)));
        ++held_;
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t != max_time) return; // the events are still to come
        sort();
        if (dealer_.begin(batch(), min_time, next)) clear();
        dealer_.on_watermark(t, next);
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // they come when all inputs have ended
    template <typename Next>
    bool resume(Next& next) {
        if (not dealer_.waits()) return true;
        const bool finished = dealer_.resume(batch(), next);
        if (not dealer_.waits()) clear();
        return finished;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return dealer_.waits() ? 0 : next.room(); }
    template <typename Next>
    void on_end(Next& next) { dealer_.on_end(next); }

    void report(OperatorReport& row) const { row.held = held_; }
    void save(StateWriter& to) const { to.put(rows_); }
    void load(StateReader& from) {
        from.get(rows_);
        held_ = rows_.size();
    }

private:
    using Key = std::remove_cvref_t<call_result_t<Proj, const Kept&>>;
    static constexpr bool rises = std::is_same_v<Less, std::less<>> || std::is_same_v<Less, std::less<Key>>;
    static constexpr bool falls = std::is_same_v<Less, std::greater<>> || std::is_same_v<Less, std::greater<Key>>;
    static constexpr bool by_digits = HasSortBits<Key> && (rises || falls);
    static constexpr bool is_small = sizeof(Kept) <= 64 && std::is_nothrow_move_constructible_v<Kept> && std::is_nothrow_move_assignable_v<Kept>;
    static constexpr bool is_plain = std::is_trivially_copyable_v<Kept> && std::copyable<Kept>;
    template <typename K, typename At = std::size_t>
    struct Place {
        K key;
        At at;
    };

    template <typename A, typename B>
    [[nodiscard]] bool before(A&& a, B&& b) {
        return static_cast<bool>(std::invoke(less_, std::forward<A>(a), std::forward<B>(b)));
    }
    void sort() {
        using Given = call_result_t<Proj, const Kept&>;
        if constexpr (by_digits && std::is_member_object_pointer_v<Proj> && is_plain) {
            Buffer<Kept> other;
            other.reserve(rows_.size());
            const auto key = [by = projection_](const Kept& row) { return sort_bits<falls>(call(by, row)); };
            RadixSort<Kept, decltype(key)>{key}(rows_.all(), other.all().data());
        } else if constexpr (by_digits) {
            using At = std::conditional_t<is_plain && sizeof(Kept) <= 32, Kept, std::size_t>; // small rows go with their keys
            using Keyed = Place<std::uint64_t, At>;
            Buffer<Keyed> places, other;
            places.reserve(rows_.size());
            other.reserve(rows_.size());
            for (const Kept& row : rows_.all()) {
                const std::uint64_t key = sort_bits<falls>(call(projection_, row));
                if constexpr (std::is_same_v<At, Kept>) places.emplace(key, row);
                else places.emplace(key, places.size());
            }
            const auto key = [](const Keyed& place) { return place.key; };
            RadixSort<Keyed, decltype(key)>{key}(places.all(), other.all().data());
            if constexpr (std::is_same_v<At, Kept>) std::transform(places.all().begin(), places.all().end(), rows_.all().begin(), [](const Keyed& keyed) { return keyed.at; });
            else arrange(places);
        } else if constexpr (not std::is_reference_v<Given> && std::movable<Given>) { // each key is made once
            auto places = places_by([this](const Kept& row) { return call(projection_, row); });
            merge_sort(places, [this](const auto& a, const auto& b) { return this->before(a.key, b.key); });
            arrange(places);
        } else if constexpr (is_small) {
            merge_sort(rows_, [this](const Kept& a, const Kept& b) { return this->before(call(projection_, a), call(projection_, b)); });
        } else {
            auto places = places_by([](const Kept& row) { return &row; });
            merge_sort(places, [this](const auto& a, const auto& b) { return this->before(call(projection_, *a.key), call(projection_, *b.key)); });
            arrange(places);
        }
    }
    template <typename KeyOf>
    [[nodiscard]] auto places_by(KeyOf key_of) {
        Buffer<Place<std::invoke_result_t<KeyOf&, const Kept&>>> places;
        places.reserve(rows_.size());
        for (const Kept& row : rows_.all()) places.emplace(key_of(row), places.size());
        return places;
    }
    /// Puts the rows where they belong: small ones into new memory, which is several reads at a time; large ones where they are, each
    /// moved once, along the cycles of the permutation.
    template <typename P>
    void arrange(Buffer<P>& places) {
        const std::span<Kept> rows = rows_.all();
        const std::span<P> from = places.all();
        if constexpr (is_small) {
            Buffer<Kept> arranged;
            arranged.reserve(rows.size());
            for (const P& place : from) arranged.emplace(std::move(rows[place.at]));
            rows_.swap(arranged);
        } else {
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (from[i].at == i) continue;
                Kept first = std::move(rows[i]);
                std::size_t to = i;
                for (; from[to].at != i; to = std::exchange(from[to].at, to)) rows[to] = std::move(rows[from[to].at]);
                rows[to] = std::move(first);
                from[to].at = to;
            }
        }
    }
    Batch<Kept> batch() noexcept { return Batch<Kept>(rows_.all()); }
    void clear() {
        rows_ = {};
        held_ = 0;
    }
    WEIR_NO_UNIQUE_ADDRESS Proj projection_;
    WEIR_NO_UNIQUE_ADDRESS Less less_;
    Buffer<Kept> rows_;
    Dealer<S::timed, Kept> dealer_;
    std::size_t held_ = 0;
};

template <typename Proj, typename Less>
struct SortByOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "sort_by";
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    WEIR_NO_UNIQUE_ADDRESS Less less;

    template <typename S>
    using Kept = owned_t<typename S::event>;
    template <typename S>
    static constexpr bool projects = TakesEvent<Proj&, const Kept<S>&>;
    template <typename S>
    static consteval bool compares() {
        if constexpr (projects<S>) {
            using Key = call_result_t<Proj, const Kept<S>&>;
            return requires(Less& less_than, Key a, Key b) {
                { std::invoke(less_than, std::forward<Key>(a), std::forward<Key>(b)) } -> std::convertible_to<bool>;
            };
        } else return false;
    }

    template <typename S>
        requires(S::traits.bounded && compares<S>() && std::movable<Kept<S>>)
    using out = with_traits_t<with_whole_event_t<S, Kept<S>>, owned(S::traits)>;

    template <typename S>
    constexpr auto bind(const S&) && { return Sorting<S, Proj, Less>(std::move(projection), std::move(less)); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not S::traits.bounded)
            static_assert(never<Proj, S>, "sort_by(projection): this stream has no end, so it can never be sorted. Put take(n) before it, or sort "
                                          "each batch in process(p) behind micro_batch(n).");
        else if constexpr (not projects<S>)
            static_assert(never<Proj, S>, "sort_by(projection): the projection cannot be called with this pipeline's events. Accepted: "
                                          "Key fn(const T&), a pointer to a member of T.");
        else if constexpr (not std::movable<Kept<S>>)
            static_assert(never<Proj, S>, "sort_by(projection): these events cannot be assigned to each other, as those of a std::map, whose keys "
                                          "are const. Make them into a type of yours with map(fn) before it.");
        else
            static_assert(never<Proj, S>, "sort_by(projection, less): two keys cannot be compared. What the projection returns needs <, or give a "
                                          "comparator bool less(const Key&, const Key&).");
    }
};

} // namespace detail

/// Gives the events of a bounded stream sorted by what the projection gives for them, at the end.
///     E -> E, owned, with its event time; stable; all are kept in memory (it allocates), and watermarks wait until they are given.
///     Keys that are numbers, enums or times, by < or >, are sorted by their digits (NaN comes last), which takes as much memory again
///     while it happens; others by comparing: those of O(n log n).
///     After a stop nothing is given and the events count as held.
///     example: tests/batch/sort_by.cpp
template <typename Proj, typename Less = std::less<>>
[[nodiscard]] constexpr auto sort_by(Proj projection, Less less = {}) {
    return detail::SortByOp<Proj, Less>{std::move(projection), std::move(less)};
}

} // namespace weir
