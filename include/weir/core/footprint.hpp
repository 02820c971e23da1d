// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>

namespace weir::detail {

/// About what an allocation of n bytes takes of memory.
[[nodiscard]] constexpr std::size_t allocated(std::size_t n) noexcept { return n == 0 ? 0 : std::max<std::size_t>((n + 23) / 16 * 16, 32); }

template <typename T>
concept ElementsLie = requires(const T& value) { { value.data() } -> std::same_as<const typename T::value_type*>; };

/// About how many bytes a value holds beside its own. Of types that only their Saved knows, as many as they are saved in.
template <typename T>
[[nodiscard]] std::size_t bytes_beside(const T& value) {
    std::size_t bytes = 0;
    if constexpr (std::is_trivially_copyable_v<T>) {
    } else if constexpr (requires { { value.owned_bytes() } -> std::same_as<std::size_t>; }) {
        bytes = value.owned_bytes();
    } else if constexpr (SavedByUser<T>) {
        StateWriter saved;
        saved.put(value);
        bytes = allocated(saved.size());
    } else if constexpr (HasFields<T>) {
        for_each_field(value, [&bytes](auto, const auto& field) { bytes += bytes_beside(field); });
    } else if constexpr (is_sequence<T> && not ElementsLie<T>) { // std::vector<bool>
        bytes = allocated(value.capacity() / 8);
    } else if constexpr (is_sequence<T>) {
        using Element = typename T::value_type;
        const bool inside = std::is_trivially_copyable_v<Element> && static_cast<const void*>(value.data()) >= &value &&
                            static_cast<const void*>(value.data()) < &value + 1; // a short string
        if (not inside) bytes = allocated(value.capacity() * sizeof(Element));
        if constexpr (not std::is_trivially_copyable_v<Element>)
            for (const Element& element : value) bytes += bytes_beside(element);
    } else if constexpr (is_optional<T>) {
        if (value) bytes = bytes_beside(*value);
    } else if constexpr (is_timed<T>) {
        bytes = bytes_beside(value.value);
    } else if constexpr (is_tuple<T>) {
        std::apply([&bytes](const auto&... elements) { bytes = (std::size_t{0} + ... + bytes_beside(elements)); }, value);
    } else if constexpr (is_variant<T>) {
        visit([&bytes](const auto& alternative) { bytes = bytes_beside(alternative); }, value);
    }
    return bytes;
}

/// Fetches the first bytes of what a value holds beside its own. (Inlined: a function that only fetches has no effect in the eyes of a
/// compiler, and would not be called.)
template <typename T>
WEIR_INLINE void fetch_beside([[maybe_unused]] const T& value) noexcept {
#if defined(__GNUC__)
    if constexpr (std::is_trivially_copyable_v<T> || SavedByUser<T>) {
    } else if constexpr (HasFields<T>) {
        for_each_field(value, [](auto, const auto& field) { fetch_beside(field); });
    } else if constexpr (is_sequence<T> && ElementsLie<T>) {
        const char* const at = reinterpret_cast<const char*>(value.data());
        __builtin_prefetch(at);
        if (value.size() * sizeof(typename T::value_type) > 64) __builtin_prefetch(at + 64);
    } else if constexpr (is_timed<T>) {
        fetch_beside(value.value);
    } else if constexpr (is_tuple<T>) {
        std::apply([](const auto&... elements) { (fetch_beside(elements), ...); }, value);
    }
#endif
}

} // namespace weir::detail
