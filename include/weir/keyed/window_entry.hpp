// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/entry.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Of an entry that counts its inputs.
struct OwnCount {};

/// What a window has for one key. There are many of them, so what only some windows need lies elsewhere: see Past.
///     Counter: the aggregate, if its state says how many inputs there are; then there is no n.
template <typename State, bool SpansEvents, typename Counter = OwnCount>
struct WindowEntry : std::conditional_t<SpansEvents, EventSpan, NoEventSpan> {
    static constexpr bool counts = std::is_same_v<Counter, OwnCount>;
    State state{};
    /// Of windows that are plain, see OpenWindow: inputs, until it is given; from then on a mark of that and how often.
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<counts, std::uint64_t, OwnCount> n{};
    [[nodiscard]] std::uint64_t inputs() const {
        if constexpr (counts) return n;
        else return Counter::inputs(state);
    }
    static constexpr auto fields() {
        using Self = WindowEntry;
        if constexpr (SpansEvents && counts) return weir::fields("state", &Self::state, "n", &Self::n, "first", &Self::first, "last", &Self::last);
        else if constexpr (SpansEvents) return weir::fields("state", &Self::state, "first", &Self::first, "last", &Self::last);
        else if constexpr (counts) return weir::fields("state", &Self::state, "n", &Self::n);
        else return weir::fields("state", &Self::state);
    }

    template <typename T, typename A>
    WEIR_INLINE void add(const T& value, Timestamp time, const A& aggregate) {
        add_uncounted(value, time, aggregate);
        if constexpr (counts) ++n;
    }
    template <typename T, typename A>
    WEIR_INLINE void add_uncounted(const T& value, [[maybe_unused]] Timestamp time, const A& aggregate) {
        aggregate.add(state, value);
        if constexpr (SpansEvents) {
            this->first = std::min(this->first, time);
            this->last = std::max(this->last, time);
        }
    }
    /// Inputs behind its own.
    template <typename A>
    void merge(const WindowEntry& later, const A& aggregate) {
        aggregate.merge(state, later.state);
        if constexpr (counts) n += later.n;
        if constexpr (SpansEvents) {
            this->first = std::min(this->first, later.first);
            this->last = std::max(this->last, later.last);
        }
    }
};

struct NotNoted {
    void operator()(std::size_t) const noexcept {}
};
/// Adds several values to the rows of their keys. note(i): the i-th one's key is new.
template <typename Rows, typename RunOf, typename A, typename Note = NotNoted>
[[gnu::noinline]] void add_all(Rows& rows, RunOf run, const A& aggregate, const Note& note = {}) {
    const HeldByLoop<A> adding{aggregate};
    auto* begin = rows.begin();
    std::size_t size = rows.size();
    for (std::size_t i = 0; i < run.n; ++i) {
        auto&& key = run.key(i);
        const std::uint32_t guess = run.guesses[i];
        auto* row = begin;
        if (guess >= size || not same_key((row += guess)->key, key)) [[unlikely]] {
            const auto [number, is_new] = rows.find_or_insert(key, hash_of_key(key));
            if (is_new) note(i);
            begin = rows.begin();
            size = rows.size();
            row = begin + number;
            run.guesses[i] = number;
        }
        if constexpr (requires { row->value.first; }) row->value.add(run.value(i), run.times[i], adding.fn);
        else row->value.add(run.value(i), Timestamp{}, adding.fn);
    }
}

/// Takes rows over: those of keys that are there already are merged, the others come behind them in their order.
template <typename Rows, typename A>
void merge_rows(Rows& to, Rows& later, const A& aggregate) {
    for (std::uint32_t i = 0; i < later.size(); ++i) {
        auto& row = later[i];
        const auto [number, is_new] = to.find_or_insert(std::move(row.key), later.hash_of(i));
        if (is_new) to[number].value = std::move(row.value);
        else to[number].value.merge(row.value, aggregate);
    }
}

/// The same, where those that come later need not be left: one that is empty gets all of their memory.
template <typename Rows, typename A>
void take_rows(Rows& to, Rows& later, const A& aggregate) {
    if (to.empty() && to.bytes() <= later.bytes()) to.swap(later);
    else merge_rows(to, later, aggregate);
}

} // namespace weir::detail
