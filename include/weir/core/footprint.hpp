// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>

namespace weir::detail {

/// About what an allocation of n bytes takes of memory.
[[nodiscard]] constexpr std::size_t allocated(std::size_t n) noexcept { return n == 0 ? 0 : std::max<std::size_t>((n + 23) / 16 * 16, 32); }

/// About how many bytes a value holds beside its own. Of types that only their Saved knows, as many as they are saved in.
template <typename T>
[[nodiscard]] std::size_t bytes_beside(const T& value) {
    std::size_t bytes = 0;
    if constexpr (std::is_trivially_copyable_v<T>) {
    } else if constexpr (SavedByUser<T>) {
        StateWriter saved;
        saved.put(value);
        bytes = allocated(saved.size());
    } else if constexpr (HasFields<T>) {
        for_each_field(value, [&bytes](auto, const auto& field) { bytes += bytes_beside(field); });
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

} // namespace weir::detail
