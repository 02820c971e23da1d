// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/trigger.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/panes.hpp>
#include <weir/keyed/slices.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// Sliding and cumulative windows of an aggregate whose values may be merged in any order. Where they give at their end, their time
/// is cut into slices; where a trigger wants more of each window, each window is kept by itself; so where events can be too late for
/// a window that has not been given yet, because several inputs meet.
template <typename Key, typename State, typename Assigner>
class Overlapping {
    using Cut = Slices<Key, State, Assigner>;
    using Whole = Panes<Key, State, Assigner>;

public:
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    using key_type = Key;

    Overlapping(const Assigner& assigner, const TriggerRules& rules, Duration lateness, bool accumulates, bool is_merged)
        : slices_(assigner, lateness), panes_(assigner, rules, lateness, accumulates),
          is_cut_(assigner.overlaps() && gives_at_end(rules, accumulates) && not is_merged) {}

    [[nodiscard]] WEIR_INLINE bool is_quiet(Timestamp time) const noexcept { return slices_.is_quiet(time); }
    [[nodiscard]] QuietTimes quiet_times() const noexcept { return slices_.quiet_times(); }
    [[nodiscard]] const auto& quiet_table() const noexcept { return slices_.quiet_table(); }
    template <typename... Ts>
    void add_quietly(Ts&&... events) {
        slices_.add_quietly(std::forward<Ts>(events)...);
    }
    template <typename K, typename T, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Marks marks, const A& aggregate, Give&& give) {
        return is_cut_ ? slices_.take(key, hash, value, time, marks.now, aggregate, give) : panes_.take(key, hash, value, time, marks, aggregate, give);
    }
    [[nodiscard]] Timestamp due() const noexcept { return is_cut_ ? slices_.due() : panes_.due(); }
    template <typename A>
    bool begin(Timestamp t, const A& aggregate) {
        return is_cut_ ? slices_.begin(t, aggregate) : panes_.begin(t);
    }
    [[nodiscard]] bool is_firing() const noexcept { return is_cut_ ? slices_.is_firing() : panes_.is_firing(); }
    [[nodiscard]] Timestamp firing_at() const noexcept { return is_cut_ ? slices_.firing_at() : panes_.firing_at(); }
    template <typename Room, typename Give, typename A>
    bool fire(Room&& room, Give&& give, const A& aggregate) {
        return is_cut_ ? slices_.fire(room, give, aggregate) : panes_.fire(room, give);
    }
    void given(const typename Cut::Giving& what) noexcept { slices_.given(what); }
    void given(const typename Whole::Giving& what) { panes_.given(what); }
    [[nodiscard]] std::uint64_t held() const noexcept { return is_cut_ ? slices_.held() : panes_.held(); }
    [[nodiscard]] std::uint64_t expired() const noexcept { return is_cut_ ? slices_.expired() : panes_.expired(); }

    void save(StateWriter& to) const { is_cut_ ? slices_.save(to) : panes_.save(to); }
    void load(StateReader& from) { is_cut_ ? slices_.load(from) : panes_.load(from); }

private:
    Cut slices_;
    Whole panes_;
    bool is_cut_;
};

} // namespace weir::detail
