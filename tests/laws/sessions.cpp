// SPDX-License-Identifier: BSL-1.0
// Sessions of a fixed gap and of a gap that each event brings, with each trigger, over random streams, against the oracle.
#include "laws/agreement.hpp"

using namespace laws;
using weir::Duration;

namespace {

template <typename Spec>
auto keyed(const Spec& spec) {
    return [spec](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::key) | weir::window(spec) | every_aggregate() | weir::map(ToRow{}) | std::move(sink);
    };
}

template <typename Spec>
void hold(const Spec& spec, const std::function<Time(const In&)>& gap, std::uint64_t seeds) {
    for (const Rules& rules : all_rules()) {
        INFO(describe(rules));
        const Oracle oracle = [&](const Steps& steps) { return oracles::Sessions(gap, rules, Measure::all)(steps); };
        agree_on_random(seeds, oracle, keyed(with_rules(spec, rules)));
    }
}

const auto seven = [](const In&) { return Time{7}; };
const auto gap_of_event = [](const In& in) { return Time{in.gap}; };
constexpr auto gap_of = [](const In& in) { return Duration(in.gap); };

} // namespace

TEST_CASE("sessions with every aggregate and trigger are what the rules say") {
    hold(weir::session(Duration(7)), seven, 8);
}

TEST_CASE("sessions with a gap of each event are what the rules say") {
    hold(weir::session(gap_of), gap_of_event, 8);
}

TEST_CASE("sessions are what the rules say, for many more streams", "[soak]") {
    hold(weir::session(Duration(7)), seven, 300);
    hold(weir::session(gap_of), gap_of_event, 300);
}
