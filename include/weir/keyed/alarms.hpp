// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <functional>
#include <optional>

namespace weir::detail {

/// When, on the job's clock, one of many things wants to be called.
struct Alarm {
    Timestamp due = max_time;   // max_time: not
    Timestamp place = max_time; // where among the Alarms its place is that counts
};
struct NoAlarm {};

/// The alarms of many things, the next in front. One that is put off keeps its place until that comes up, so that there is no more
/// than one for each thing, and those that were given up.
///     Where: finds the thing, and says who comes first of those due at once.
template <typename Where>
class Alarms {
public:
    /// No later than the next alarm.
    [[nodiscard]] Timestamp next() const noexcept { return places_.empty() ? max_time : places_.front().at; }

    void set(Alarm& alarm, Timestamp due, const Where& where) {
        alarm.due = due;
        enter(alarm, where);
    }
    /// One that has changed, or was loaded.
    void enter(Alarm& alarm, const Where& where) {
        if (alarm.due >= alarm.place) return;
        alarm.place = alarm.due;
        places_.push_back({alarm.due, where});
        std::push_heap(places_.begin(), places_.end(), std::greater<>());
    }
    /// One that is found elsewhere now.
    void move(Alarm& alarm, const Where& where) {
        alarm.place = max_time;
        enter(alarm, where);
    }
    /// Takes the next alarm at `now` or before. alarm_of(where) -> Alarm*, null where that is gone.
    template <typename Fn>
    std::optional<Where> take(Timestamp now, Fn&& alarm_of) {
        while (next() <= now && not places_.empty()) {
            const Place place = places_.front();
            std::pop_heap(places_.begin(), places_.end(), std::greater<>());
            places_.pop_back();
            Alarm* const alarm = alarm_of(place.where);
            if (not alarm || alarm->place != place.at) continue;
            alarm->place = max_time;
            if (alarm->due > place.at) {
                enter(*alarm, place.where);
                continue;
            }
            alarm->due = max_time;
            return place.where;
        }
        return std::nullopt;
    }
    void clear() noexcept { places_.clear(); }

private:
    struct Place {
        Timestamp at;
        Where where;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    JobVector<Place> places_;
};
struct NoAlarms {};

} // namespace weir::detail
