// SPDX-License-Identifier: BSL-1.0
// Operators that give many outputs for one event or one watermark, and wait in the middle where there is no room.
#include "laws/laws.hpp"

#include <optional>

namespace {

/// Keeps its events; at each watermark it gives each of them three times, then the watermark.
template <typename E>
struct Echoing {
    using kind = weir::OperatorKind;
    weir::Fault fault;
    std::vector<E> kept{};
    std::optional<weir::Timestamp> pending{};
    std::size_t at = 0;
    int again = 0;

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) { kept.push_back(weir::to_owned(std::forward<Given>(event))); }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        pending = t;
        resume(next);
    }
    template <typename Next>
    bool resume(Next& next) {
        if (not pending) return true;
        while (at < kept.size()) {
            if (next.room() == 0) return false;
            fault();
            next.on_event(E(kept[at]));
            if (++again < 3) continue;
            again = 0;
            ++at;
        }
        kept.clear();
        at = 0;
        const weir::Timestamp t = *pending;
        pending.reset();
        next.on_watermark(t);
        return true;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return pending ? 0 : next.room(); }
    void report(weir::OperatorReport& row) const { row.held = kept.size(); }
    void save(weir::StateWriter& to) const {
        to.put(kept);
        to.put(pending);
        to.put(at);
        to.put(again);
    }
    void load(weir::StateReader& from) {
        from.get(kept);
        from.get(pending);
        from.get(at);
        from.get(again);
    }
};

struct Echo {
    using kind = weir::OperatorKind;
    weir::Fault fault;
    template <typename S>
    using out = weir::with_traits_t<weir::with_whole_event_t<S, weir::owned_t<typename S::event>>, weir::detail::owned(S::traits)>;
    template <typename S>
    auto bind(const S&) && { return Echoing<weir::owned_t<typename S::event>>{std::move(fault)}; }
};

/// Gives each event three times, with watermarks between, and never asks whether there is room.
struct Ladder {
    using kind = weir::OperatorKind;
    weir::Timestamp mark = weir::min_time;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        for (int step = 0; step < 3; ++step) {
            next.on_event(std::as_const(event));
            on_watermark(event.time - std::chrono::seconds(10 - step), next);
        }
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        if (t <= mark) return;
        mark = t;
        next.on_watermark(t);
    }
    void save(weir::StateWriter& to) const { to.put(mark); }
    void load(weir::StateReader& from) { from.get(mark); }
};

constexpr auto three = [](int x) { return std::vector<int>(3, x); };

} // namespace

TEST_CASE("an operator that fires many results at a watermark keeps the laws") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) { return std::move(source) | Echo{fault} | std::move(sink); };
    weir::check_laws(laws::timed(50), make, {.runs = 20});
}

TEST_CASE("two that fire into each other, and into flat_map, keep the laws") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | Echo{fault} | weir::flat_map(three) | weir::stage({.capacity = 2}) | Echo{fault} | weir::flat_map(three) |
               weir::stage({.capacity = 3}) | weir::filter(laws::is_even) | std::move(sink);
    };
    weir::check_laws(laws::timed(20), make, {.runs = 20});
}

TEST_CASE("flat_map into batches that are taken apart into a narrow stage keeps the laws") {
    weir::check_laws(laws::timed(40), [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::flat_map(laws::failing(fault, three)) | weir::micro_batch(7) | weir::unbatch() | weir::flat_map(three) |
               weir::stage({.capacity = 1}) | weir::micro_batch(2) | weir::unbatch() | std::move(sink);
    }, {.runs = 20});
}

TEST_CASE("watermarks that are given between events keep their places where there is no room") {
    const auto make = [](auto source, auto sink) { return std::move(source) | Ladder{} | weir::stage({.capacity = 1}) | Ladder{} | std::move(sink); };
    weir::check_equivalence(laws::timed(30), make, {.runs = 12});
    weir::check_recovery(laws::timed(30), make, {.runs = 12});
}
