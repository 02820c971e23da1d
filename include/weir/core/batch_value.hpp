// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/owned_batch.hpp>
#include <weir/core/stream.hpp>

#include <concepts>
#include <iterator>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A string is a value, not a range.
template <typename V>
concept StringValue = requires(const V& text) { typename V::traits_type; std::string_view(text).data(); } ||
                      requires(const V& text) { typename V::traits_type; typename V::value_type; text.substr(); };

/// A value that can be taken apart: any range but a string.
template <typename V>
concept RangeValue = not StringValue<V> && requires(V& range) {
    std::begin(range) != std::end(range);
    requires std::input_iterator<decltype(std::begin(range))>;
};

/// A value that is a batch: its events stand side by side in memory.
template <typename V>
concept BatchValue = RangeValue<V> && requires(V& range) { std::span(range); };

/// One that carries its events' own times and marks.
template <typename V>
inline constexpr bool knows_times = false;
template <typename T>
inline constexpr bool knows_times<Batch<T>> = true;
template <typename T>
inline constexpr bool knows_times<OwnedBatch<T>> = true;

/// Any batch value as a Batch, a view of it.
template <typename V>
    requires BatchValue<std::remove_const_t<V>>
[[nodiscard]] constexpr auto batch_of(V& value) noexcept {
    using Plain = std::remove_const_t<V>;
    if constexpr (not knows_times<Plain>) return Batch(std::span<typename decltype(std::span(value))::element_type>(value));
    else if constexpr (requires { value.view(); }) return value.view();
    else return value;
}

/// The same batch, whose events may only be looked at.
template <typename T>
[[nodiscard]] constexpr Batch<const T> as_const_batch(const Batch<T>& batch) noexcept {
    return {batch.values(), batch.times(), batch.marks()};
}

/// What a stream of batches holds, as a processor receives it: T, or const T where the batches are somebody else's.
template <typename S>
struct BatchElement;
template <typename S>
    requires BatchValue<typename S::value>
struct BatchElement<S> {
    using Own = typename decltype(batch_of(std::declval<typename S::value&>()).values())::element_type;
    using type = std::conditional_t<S::traits.lent, const Own, Own>;
};
template <typename S>
using batch_element_t = typename BatchElement<S>::type;

/// The time of the latest of these events.
template <typename T>
[[nodiscard]] constexpr Timestamp latest_of(std::span<T> events) noexcept {
    Timestamp latest = min_time;
    for (const auto& event : events)
        if (event.time > latest) latest = event.time;
    return latest;
}

} // namespace weir::detail
