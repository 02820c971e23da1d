// SPDX-License-Identifier: BSL-1.0
// An operator of our own with state: what a process has used since it was last seen.
#pragma once
#include "reading.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace monitor {

/// A reading, and how much processor time was used in how much time since the reading of that process before it.
struct Usage {
    Reading reading;
    std::int64_t cpu_ms = 0;
    weir::Duration during{}; ///< 0 in the first reading of a process

    /// Of one core.
    double percent() const {
        return during.count() == 0 ? 0 : 100.0 * static_cast<double>(cpu_ms) / std::chrono::duration<double, std::milli>(during).count();
    }
};

/// Reading -> Usage, one for each.
struct UsageOp {
    using kind = weir::OperatorKind;
    static constexpr std::string_view name = "usage";
    static constexpr bool one_to_one = true;

    template <typename Stream>
    using out = weir::with_event_t<Stream, Usage>;

    template <typename E, typename Next>
    void on_event(E&& reading, Next& next) {
        const auto [found, is_new] = last_.try_emplace({reading.pid, reading.started}, Seen{reading.at, reading.cpu_ms});
        const Seen before = std::exchange(found->second, {reading.at, reading.cpu_ms});
        next.on_event(Usage{std::forward<E>(reading), found->second.cpu_ms - before.cpu_ms, found->second.at - before.at});
    }

private:
    struct Seen {
        weir::Timestamp at;
        std::int64_t cpu_ms;
    };
    std::map<std::pair<std::int64_t, std::int64_t>, Seen> last_;
};

inline UsageOp usage() { return {}; }

} // namespace monitor
