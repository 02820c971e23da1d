// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <typename T>
std::string describe(const T& value);

template <typename R>
std::string describe_elements(const R& range) {
    constexpr std::size_t longest = 40;
    std::string text;
    std::size_t n = 0;
    for (const auto& element : range)
        if (++n <= longest) text += (n == 1 ? "" : ", ") + describe(element);
    return n <= longest ? text : text + fmt::format(" ... ({} in all)", n);
}

/// A value as a person may read it; of a type that nothing is known of, its size.
template <typename T>
std::string describe(const T& value) {
    if constexpr (is_timed<T>) {
        return fmt::format("{} at {} ns", describe(value.value), value.time.time_since_epoch().count());
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return fmt::format("\"{}\"", std::string_view(value));
    } else if constexpr (HasFields<T>) {
        std::string text;
        for_each_field(value, [&](std::string_view name, const auto& field) {
            text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, describe(field));
        });
        return '{' + text + '}';
    } else if constexpr (is_tuple<T>) {
        std::string text;
        std::apply([&](const auto&... parts) { ((text += (text.empty() ? "" : ", ") + describe(parts)), ...); }, value);
        return '(' + text + ')';
    } else if constexpr (std::is_arithmetic_v<T>) {
        return fmt::format("{}", value);
    } else if constexpr (requires { Timestamp(value.time_since_epoch()); }) {
        return fmt::format("{} ns", Timestamp(value.time_since_epoch()).time_since_epoch().count());
    } else if constexpr (Iterable<const T>) {
        return '[' + describe_elements(value) + ']';
    } else if constexpr (fmt::is_formattable<T>::value) {
        return fmt::format("{}", value);
    } else {
        return fmt::format("<{} bytes>", sizeof(T));
    }
}

/// Whether two results mean the same: equal, numbers of floating point within `tolerance` of the greater of the two.
template <typename T>
bool same(const T& a, const T& b, double tolerance) {
    if constexpr (std::floating_point<T>) {
        if (a == b || (std::isnan(a) && std::isnan(b))) return true;
        return std::abs(static_cast<double>(a) - static_cast<double>(b)) <=
               tolerance * std::max(std::abs(static_cast<double>(a)), std::abs(static_cast<double>(b)));
    } else if constexpr (is_timed<T>) {
        return a.time == b.time && same(a.value, b.value, tolerance);
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return std::string_view(a) == std::string_view(b);
    } else if constexpr (HasFields<T>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (same(get_field<I>(a), get_field<I>(b), tolerance) && ...);
        }(std::make_index_sequence<field_count<T>>{});
    } else if constexpr (is_tuple<T>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (same(std::get<I>(a), std::get<I>(b), tolerance) && ...);
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    } else if constexpr (Iterable<const T>) {
        return std::equal(std::begin(a), std::end(a), std::begin(b), std::end(b),
                          [&](const auto& x, const auto& y) { return same(x, y, tolerance); });
    } else {
        static_assert(std::equality_comparable<T>, "the laws compare a pipeline's results: give this type operator== or fields(), "
                                                   "or map it to something that has it before the sink.");
        return a == b;
    }
}

} // namespace weir::detail
