// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/figures.hpp>
#include <weir/run/task.hpp>
#include <weir/run/wait.hpp>

namespace weir::detail {

/// What a task asks of the outlets at the ends of its chain between spans, by whatever type; nothing where the outlet has none such.
struct OutletCalls {
    void (*attach)(void*, Task&);
    void (*be_patient)(void*, bool by_time);
    void (*catch_up)(void*);
    void (*end_step)(void*);
    void (*source_waits)(void*);
    bool (*waits_for_room)(void*);
    bool (*has_room_again)(void*);
    Wait (*wait)(void*);
    void (*marker)(void*, const LatencyMarker&);
    void (*turn)(void*);
    bool (*keeps_watched)(void*);
    void (*watch)(void*);
    void (*give_up)(void*);
    void (*leave)(void*);
};
template <typename O>
constexpr OutletCalls calls_of() noexcept {
    OutletCalls calls{};
    calls.attach = [](void* o, Task& task) { static_cast<O*>(o)->attach(task); };
    calls.waits_for_room = [](void* o) { return static_cast<O*>(o)->waits_for_room(); };
    calls.leave = [](void* o) { static_cast<O*>(o)->leave(); };
    if constexpr (requires(O& o) { o.catch_up(); }) {
        calls.be_patient = [](void* o, bool by_time) { static_cast<O*>(o)->be_patient(by_time); };
        calls.catch_up = [](void* o) { static_cast<O*>(o)->catch_up(); };
    }
    if constexpr (requires(O& o) { o.end_step(); }) calls.end_step = [](void* o) { static_cast<O*>(o)->end_step(); };
    if constexpr (requires(O& o) { o.source_waits(); }) calls.source_waits = [](void* o) { static_cast<O*>(o)->source_waits(); };
    if constexpr (requires(O& o) { o.has_room_again(); }) calls.has_room_again = [](void* o) { return bool(static_cast<O*>(o)->has_room_again()); };
    if constexpr (requires(O& o) { o.wait(); }) calls.wait = [](void* o) { return Wait(static_cast<O*>(o)->wait()); };
    if constexpr (requires(O& o, const LatencyMarker& m) { o.marker(m); }) calls.marker = [](void* o, const LatencyMarker& m) { static_cast<O*>(o)->marker(m); };
    if constexpr (requires(O& o) { o.turn(); }) calls.turn = [](void* o) { static_cast<O*>(o)->turn(); };
    if constexpr (requires(O& o) { o.keeps_watched(); }) {
        calls.keeps_watched = [](void* o) { return bool(static_cast<O*>(o)->keeps_watched()); };
        calls.watch = [](void* o) { static_cast<O*>(o)->watch(); };
    }
    if constexpr (requires(O& o) { o.give_up(); }) calls.give_up = [](void* o) { static_cast<O*>(o)->give_up(); };
    return calls;
}
template <typename O>
inline constexpr OutletCalls outlet_calls = calls_of<O>();

/// One of them, where it lies in the chain.
struct AnyOutlet {
    void* outlet;
    const OutletCalls* calls;

    template <typename O>
    static AnyOutlet of(O& outlet) noexcept { return {&outlet, &outlet_calls<O>}; }
    /// Calls what it has of that.
    template <typename... Params, typename... Args>
    void operator()(void (*OutletCalls::* call)(void*, Params...), Args&&... args) const {
        if (const auto fn = calls->*call) fn(outlet, args...);
    }
};

} // namespace weir::detail
