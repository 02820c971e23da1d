// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <type_traits>

namespace weir {

/// When a micro-batch is cut: at whichever comes first. At least one of them must be set.
struct MicroBatchOptions {
    std::size_t max_items = unlimited;   ///< exactly so many events, but in the last batch before a flush
    std::size_t max_bytes = unlimited;   ///< behind the event with which the batch holds so many bytes, or more; an empty text counts as one
    Duration linger = Duration::max();   ///< this long after its first event, also when no further event comes
    Duration latency = Duration::max();  ///< so that 99 of 100 events are processed so long after they came: see BatchPace for how
};

namespace detail {

/// The bytes of an event, as max_bytes counts them: what strings and vectors hold, field by field where a type names its fields,
/// sizeof of everything else.
template <typename T>
[[nodiscard]] constexpr std::size_t bytes_of(const T& item) {
    if constexpr (HasFields<T>) {
        std::size_t sum = 0;
        for_each_field(item, [&sum](auto, const auto& field) { sum += bytes_of(field); });
        return sum;
    } else if constexpr (is_optional<T>) {
        return item ? bytes_of(*item) : 0;
    } else if constexpr (requires { item.size(); item.begin(); typename T::value_type; }) {
        if constexpr (std::is_trivially_copyable_v<typename T::value_type>) {
            return item.size() * sizeof(typename T::value_type);
        } else {
            std::size_t sum = 0;
            for (const auto& element : item) sum += bytes_of(element);
            return sum;
        }
    } else {
        return sizeof(T);
    }
}

/// What an item counts in a batch: something in any case, or a batch of empty ones would never be complete.
template <typename T>
[[nodiscard]] constexpr std::size_t counted_bytes(const T& item) {
    return std::max<std::size_t>(bytes_of(item), 1);
}

/// Of which bytes_of is sizeof, whatever is in it.
template <typename T>
inline constexpr bool counts_as_sizeof = not HasFields<T> && not is_optional<T> && not requires(const T& item) { item.size(); item.begin(); };

inline const MicroBatchOptions& checked(const MicroBatchOptions& options) {
    if (options.max_items == 0 || options.max_bytes == 0)
        throw std::invalid_argument("micro_batch: a batch of at most 0 events or bytes could hold nothing. Give at least 1.");
    if (options.linger < Duration::zero()) throw std::invalid_argument("micro_batch: linger is negative. Give how old a batch may become.");
    if (options.latency <= Duration::zero()) throw std::invalid_argument("micro_batch: latency must be greater than 0. Give how long an event may take.");
    if (options.max_items == unlimited && options.max_bytes == unlimited && options.linger == Duration::max() && options.latency == Duration::max())
        throw std::invalid_argument("micro_batch: no limit is set, so no batch would ever be cut. Set max_items, max_bytes, linger or latency; "
                                    "for all events of a bounded stream as one batch use whole().");
    return options;
}

} // namespace detail
} // namespace weir
