// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/time.hpp>
#include <weir/keyed/alarms.hpp>
#include <weir/keyed/shared_inputs.hpp>

#include <cstdint>
#include <type_traits>

namespace weir::detail {

inline constexpr Timestamp with_others = min_time; // a tick: when its window gives again

/// Of an entry that may be given more than once before its window's end, or shares its inputs with other windows.
///     Inputs: SharedInputs or NoSharedInputs.
template <typename Inputs, bool HasAlarms>
struct PastOf : std::conditional_t<HasAlarms, Alarm, NoAlarm> {
    std::uint64_t index = 0;   // of the next emission
    std::uint64_t fresh = 0;   // inputs since the last one
    std::uint64_t order = 0;   // of its first event among all
    Timestamp tick = max_time; // when `every` wants the next one, or with_others
    WEIR_NO_UNIQUE_ADDRESS typename Inputs::Held held{};
    static constexpr auto fields() {
        using Self = PastOf;
        if constexpr (std::is_same_v<Inputs, NoSharedInputs>) return weir::fields("index", &Self::index, "fresh", &Self::fresh, "order", &Self::order, "tick", &Self::tick);
        else return weir::fields("index", &Self::index, "fresh", &Self::fresh, "order", &Self::order, "tick", &Self::tick, "held", &Self::held);
    }
};

} // namespace weir::detail
