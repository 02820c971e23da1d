// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/branch.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace weir::detail {

/// Plain windows in front of copies that keep the same windows: what they have of a window goes to these before their watermark comes to
/// its end.
template <typename Store>
class CombiningWindows : public Store {
public:
    using Store::Store;
    bool begin(Timestamp t) noexcept {
        if (Store::due() > t) return false;
        Store::end_until(t);
        has_ended_ = true;
        return false;
    }
    /// Whether a window has ended since the last drain.
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    template <typename Fn>
    std::uint64_t drain(Fn&& fn, Timestamp until) {
        has_ended_ = false;
        return Store::drain(std::forward<Fn>(fn), until);
    }

private:
    bool has_ended_ = false;
};

/// What gets the events that come too late for a CombiningWindows: calls say(key) for each.
template <typename KeyOf, typename Say>
struct LateKeys : NoBranch {
    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of;
    Say say;
    LateKeys(KeyOf of, Say fn) : key_of(std::move(of)), say(std::move(fn)) {}
    template <typename E>
    void on_event(E&& event) { say(std::invoke(std::as_const(key_of), std::as_const(value_of(event)))); }
};

} // namespace weir::detail
