// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/aggregate/ordering.hpp>
#include <weir/core/footprint.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/core/state_vector.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// A heap with the entry that is the next to go in front. Entries are numbered, as a heap does not keep the order of equal ones.
template <typename Rank, typename V>
struct TopState {
    struct Entry {
        Rank rank;
        std::uint64_t arrival;
        V value;
    };
    StateVector<Entry> heap;
    std::uint64_t arrived = 0;

    [[nodiscard]] std::size_t owned_bytes() const {
        std::size_t bytes = allocated(heap.capacity() * sizeof(Entry));
        for (const Entry& entry : heap) bytes += bytes_beside(entry.rank) + bytes_beside(entry.value);
        return bytes;
    }
    void clear() noexcept {
        heap.clear();
        arrived = 0;
    }
    static constexpr bool before(const Entry& a, const Entry& b) {
        if (goes_before<true>(a.rank, b.rank)) return true;
        return a.arrival < b.arrival && not goes_before<true>(b.rank, a.rank);
    }
};

} // namespace detail

template <Savable Rank, Savable V>
struct Saved<detail::TopState<Rank, V>> {
    using State = detail::TopState<Rank, V>;
    static void save(StateWriter& to, const State& state) {
        to.put(state.arrived);
        to.put(state.heap.size());
        for (const auto& entry : state.heap) {
            to.put(entry.rank);
            to.put(entry.arrival);
            to.put(entry.value);
        }
    }
    static State load(StateReader& from) {
        State state;
        from.get(state.arrived);
        for (auto n = from.get<std::size_t>(); n > 0; --n) // braces: from left to right
            state.heap.push_back(typename State::Entry{from.get<Rank>(), from.get<std::uint64_t>(), from.get<V>()});
        return state;
    }
};

/// The k values with the greatest `by`. See top_k().
template <typename By, typename Proj>
struct TopK {
    std::size_t k;
    WEIR_NO_UNIQUE_ADDRESS By by;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires detail::Comparable<detail::kept_t<By, T>> && std::copyable<detail::kept_t<Proj, T>>
    using State = detail::TopState<detail::kept_t<By, T>, detail::kept_t<Proj, T>>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    template <typename T>
    void add(State<T>& state, const T& value) const {
        using Entry = typename State<T>::Entry;
        using Rank = detail::kept_t<By, T>;
        using V = detail::kept_t<Proj, T>;
        auto&& rank = detail::to_keep(by, value);
        if (state.heap.size() < k) {
            state.heap.push_back(Entry{Rank(std::forward<decltype(rank)>(rank)), state.arrived++, V(detail::to_keep(projection, value))});
        } else {
            // what arrives later stands behind its equals, so it must be greater
            if (k == 0 || not detail::goes_before<true>(rank, state.heap.front().rank)) return;
            auto&& projected = detail::to_keep(projection, value);
            std::pop_heap(state.heap.begin(), state.heap.end(), State<T>::before);
            Entry& entry = state.heap.back();
            detail::keep(entry.value, std::forward<decltype(projected)>(projected));
            detail::keep(entry.rank, std::forward<decltype(rank)>(rank));
            entry.arrival = state.arrived++;
        }
        std::push_heap(state.heap.begin(), state.heap.end(), State<T>::before);
    }
    template <typename Rank, typename V>
    void merge(detail::TopState<Rank, V>& state, const detail::TopState<Rank, V>& later) const {
        constexpr auto before = detail::TopState<Rank, V>::before;
        const std::uint64_t arrived = state.arrived;
        for (auto entry : later.heap) {
            entry.arrival += arrived;
            if (state.heap.size() < k) {
                state.heap.push_back(std::move(entry));
            } else {
                if (k == 0 || not before(entry, state.heap.front())) continue;
                std::pop_heap(state.heap.begin(), state.heap.end(), before);
                state.heap.back() = std::move(entry);
            }
            std::push_heap(state.heap.begin(), state.heap.end(), before);
        }
        state.arrived = arrived + later.arrived;
    }
    template <typename Rank, typename V>
    [[nodiscard]] std::vector<V> finish(const detail::TopState<Rank, V>& state) const {
        detail::StateVector<const typename detail::TopState<Rank, V>::Entry*> sorted(state.heap.source());
        sorted.reserve(state.heap.size());
        for (const auto& entry : state.heap) sorted.push_back(&entry);
        std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return detail::TopState<Rank, V>::before(*a, *b); });
        std::vector<V> values;
        values.reserve(sorted.size());
        for (const auto* entry : sorted) values.push_back(entry->value);
        return values;
    }
};

/// Aggregate: the k values with the greatest `by` (by <), as the projection gives them, the greatest first; equal ones as they
///     arrived, of which the last are the first to go. T -> std::vector of what the projection gives, owned; of none, and for k = 0,
///     empty; fewer than k of fewer values; a k of less than 0 throws std::invalid_argument. Exact, not commutative. NaN is less than everything. The k least: by [](...) { return -x; }.
///     O(log k) per value that is among them, else O(1); memory grows to k values and is used again. example: tests/aggregate/top_k.cpp
template <detail::CountLike N, typename By = std::identity, typename Proj = std::identity>
[[nodiscard]] constexpr auto top_k(N k, By by = {}, Proj projection = {}) {
    return TopK<By, Proj>{static_cast<std::size_t>(detail::not_negative(k, "top_k(k, by)", "k")), std::move(by), std::move(projection)};
}
template <typename By, typename... More>
    requires(not detail::CountLike<By>)
constexpr Refused top_k(const By&, const More&...) {
    static_assert(detail::said_before<By, More...>, "top_k(k, by): the number comes first. top_k(3, by) gives the three values with the greatest by, "
                                                    "top_k(3, by, by) what by gives of them.");
    return {};
}

} // namespace weir
