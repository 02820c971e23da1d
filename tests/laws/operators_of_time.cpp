// SPDX-License-Identifier: BSL-1.0
// All laws for what is kept for keys and windows: also stopped, drained, failing in the user's functions, saved and loaded.
#include "laws/agreement.hpp"
#include "laws/laws.hpp"

#include <weir/patterns.hpp>

using laws::failing;
using streams::In;
using weir::Duration;

namespace {

weir::TestStream<In> script(std::uint64_t seed) {
    weir::TestStream<In> made;
    for (const streams::Step& step : streams::random_steps(seed, {.steps = 90})) {
        if (step.kind == streams::Step::Kind::event) made.event(step.in, streams::at(step.time));
        else if (step.kind == streams::Step::Kind::mark) made.watermark(streams::at(step.time));
        else made.idle();
    }
    return made;
}

constexpr auto key_of = [](const In& in) { return in.key; };
constexpr auto value_of = [](const In& in) { return in.value; };

/// op(fault): what stands behind the key.
template <typename Op>
void hold(const Op& op, weir::LawOptions options = {}) {
    options.runs = 6;
    const auto make = [op](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::key_by(failing(fault, key_of)) | op(fault) | std::move(sink);
    };
    for (const std::uint64_t seed : {1U, 2U}) {
        options.seed = seed;
        weir::check_laws(script(seed), make, options);
    }
    weir::check_lent(script(3), [make](auto source, auto sink) { return make(std::move(source), std::move(sink), weir::Fault()); }, options);
}

} // namespace

TEST_CASE("windows with ticks, allowed lateness and late_to keep the laws") {
    hold([](const weir::Fault& fault) {
        const auto late = weir::map(failing(fault, value_of)) | weir::for_each([](std::int64_t) {});
        const auto when = weir::after_watermark().early(weir::every(Duration(4)));
        return weir::window(weir::sliding(Duration(12), Duration(6)).allowed_lateness(Duration(5)).trigger(when).late_to(late)) |
               weir::aggregate(weir::count(), weir::sum(failing(fault, value_of)), weir::last(value_of));
    });
}

TEST_CASE("sessions keep the laws") {
    hold([](const weir::Fault& fault) {
        return weir::window(weir::session([fault](const In& in) {
                   fault();
                   return Duration(in.gap);
               }).allowed_lateness(Duration(3)).trigger(weir::after_watermark().early(weir::after_count(3))).discarding()) |
               weir::aggregate(weir::collect(value_of));
    });
}

TEST_CASE("count windows keep the laws, and hold what is not full") {
    hold([](const weir::Fault& fault) {
        return weir::window(weir::count_window(5, 2)) | weir::aggregate(weir::count(), weir::collect(failing(fault, value_of)));
    }, {.counts = false});
}

TEST_CASE("process_keyed with timers keeps the laws") {
    hold([](const weir::Fault& fault) {
        return weir::process_keyed<int, int>(
            [fault](const In& in, int& n, auto& context) {
                fault();
                context.emit(++n);
                context.set_timer(streams::at(in.time + in.gap));
                if (in.value % 3 == 0) context.set_timer(streams::at(in.time - 9));
            },
            [fault](weir::Timestamp, int& n, auto& context) {
                fault();
                context.emit(-n);
                if (n > 3) context.clear();
            });
    });
}

TEST_CASE("deduplicate keeps the laws") {
    hold([](const weir::Fault&) { return weir::deduplicate({.ttl = Duration(20)}); });
}

TEST_CASE("match keeps the laws, with its timeouts and what is late") {
    hold([](const weir::Fault& fault) {
        const auto sink = weir::for_each([](std::int64_t) {});
        const auto first = [fault](const auto& match) {
            fault();
            return match["small"].front().value;
        };
        const auto pattern = weir::pattern("small", failing(fault, [](const In& in) { return in.value % 3 != 0; })).times(1, 2)
                                 .followed_by_any("large", [fault](const In& in, const auto& so_far) {
                                     fault();
                                     return in.value > so_far["small"].back().value;
                                 });
        return weir::match(pattern.not_next([](const In& in) { return in.value % 5 == 0; }).within(Duration(15)), first, {.max_partial_matches = 6, .at_max = weir::AtMaxPartialMatches::drop_oldest})
            .late_to(weir::map(value_of) | sink)
            .timeouts_to(first, weir::stage({.capacity = 2}) | sink);
    });
}

TEST_CASE("in_time_order keeps the laws") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::in_time_order().late_to(weir::map(failing(fault, value_of)) | weir::for_each([](std::int64_t) {})) |
               weir::map(failing(fault, value_of)) | std::move(sink);
    };
    weir::check_laws(script(1), make, {.runs = 6});
}
