// SPDX-License-Identifier: BSL-1.0
// Windows that do not merge, with each trigger, over random streams, against the oracle.
#include "laws/agreement.hpp"

#include <cstdint>

using namespace laws;
using weir::Duration;

namespace {

/// make(spec) -> what stands between source and sink.
template <typename Spec, typename Make>
void hold(const Spec& spec, const oracles::Assign& assign, std::uint64_t seeds, const Make& make) {
    for (const Rules& rules : all_rules()) {
        INFO(describe(rules));
        const Oracle oracle = [&](const Steps& steps) { return oracles::Windows(assign, rules, Measure::all)(steps); };
        agree_on_random(seeds, oracle, make(with_rules(spec, rules)));
    }
}

const auto keyed = [](const auto& spec) {
    return [spec](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::key) | weir::window(spec) | every_aggregate() | weir::map(ToRow{}) | std::move(sink);
    };
};

/// The same of aggregates of which none says how many inputs it has had: rows count them then.
const auto counted_by_rows = [](const auto& spec) {
    return [spec](auto source, auto sink) {
        const auto aggregates = weir::aggregate(weir::sum([](const In&) { return std::int64_t{1}; }), weir::sum(&In::value), weir::max(&In::value),
                                                weir::first(&In::value), weir::last(&In::value), weir::collect(&In::value));
        return std::move(source) | weir::key_by(&In::key) | weir::window(spec) | aggregates | weir::map(ToRow{}) | std::move(sink);
    };
};

} // namespace

TEST_CASE("tumbling windows with every aggregate and trigger are what the rules say") {
    hold(weir::tumbling(Duration(10)).offset(Duration(3)), oracles::tumbling(10, 3), 8, keyed);
}

TEST_CASE("tumbling windows with aggregates that do not count, and every trigger, are what the rules say") {
    hold(weir::tumbling(Duration(10)).offset(Duration(3)), oracles::tumbling(10, 3), 4, counted_by_rows);
}

TEST_CASE("cumulative windows with every aggregate and trigger are what the rules say") {
    hold(weir::cumulative(Duration(12), Duration(4)), oracles::cumulative(12, 4), 5, keyed);
}

TEST_CASE("windows with every aggregate and trigger are what the rules say, for many more streams", "[soak]") {
    hold(weir::tumbling(Duration(10)).offset(Duration(3)), oracles::tumbling(10, 3), 300, keyed);
    hold(weir::cumulative(Duration(12), Duration(4)), oracles::cumulative(12, 4), 300, keyed);
}
