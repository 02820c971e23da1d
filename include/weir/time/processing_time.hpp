// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/span_clock.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of processing_time and ingestion_time: the clock is looked at once for the events that came together.
template <bool Watermarks>
class ClockTiming {
public:
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;

    explicit ClockTiming(const Clock& clock) noexcept : clock_(clock) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        using V = value_t<E>;
        const Timestamp now = clock_.now();
        next.on_event(Event<V>{value_of(std::forward<E>(event)), now});
        if constexpr (Watermarks) send(saturating_add(now, Duration(-1)), next); // others may come at the same moment
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t == max_time) send(t, next);
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // these are other times
    template <typename Next>
    void end_span(Next&) noexcept { clock_.end_span(); }

    void save(StateWriter& to) const {
        to.put(clock_.last());
        to.put(mark_);
    }
    void load(StateReader& from) {
        clock_.go_on_from(from.get<Timestamp>());
        from.get(mark_);
    }

private:
    template <typename Next>
    void send(Timestamp t, Next& next) {
        if (t <= mark_) return;
        mark_ = t;
        next.on_watermark(t);
    }

    SpanClock clock_;
    Timestamp mark_ = min_time;
};

template <bool Watermarks>
struct ClockTimeOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = Watermarks ? "ingestion_time" : "processing_time";

    template <typename S>
        requires((Watermarks || S::traits.waits) && std::constructible_from<typename S::value, given_t<S>>)
    using out = with_traits_t<with_whole_event_t<S, Event<typename S::value>>, clocked(owned(S::traits), not Watermarks)>;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && {
        return ClockTiming<Watermarks>(binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not std::constructible_from<typename S::value, given_t<S>>)
            static_assert(detail::never<S>, "processing_time() or ingestion_time(): these events are lent and cannot be copied, and an event with a time "
                                            "is a new one. Map to something that can be copied.");
        else
            static_assert(detail::never<S>, "processing_time(): windows then end by the clock, but this source cannot wait with a deadline. Put stage() "
                                            "before it.");
    }
};

} // namespace detail

/// Gives each event the time at which it comes by, of the job's clock, and lets windows and timers behind it follow that clock: they
/// fire at their time although no event comes.
///     E -> Event<E>, order kept; the clock is looked at once for the events that are at hand together. Never allocates (a lent event is
///     copied). The results depend on when events come: the same stream twice is not the same. A stage that lets events wait belongs
///     before it. example: tests/time/processing_time.cpp
[[nodiscard]] constexpr auto processing_time() { return detail::ClockTimeOp<false>{}; }

/// Gives each event the time at which it comes by, and the stream the watermark that follows from that: events move it, not the clock.
///     E -> Event<E>, as processing_time().
[[nodiscard]] constexpr auto ingestion_time() { return detail::ClockTimeOp<true>{}; }

} // namespace weir
