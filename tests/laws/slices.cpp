// SPDX-License-Identifier: BSL-1.0
// Windows that overlap and share slices of time, over random streams, against the oracle, which keeps each window by itself.
#include "laws/agreement.hpp"

using namespace laws;
using weir::Duration;

namespace {

template <typename Spec>
void hold(const Spec& spec, const oracles::Assign& assign, std::uint64_t seeds, const Shape& shape, std::initializer_list<Time> latenesses) {
    for (const Time lateness : latenesses) {
        const Rules rules{.lateness = lateness};
        INFO(describe(rules));
        const Oracle oracle = [&](const Steps& steps) { return oracles::Windows(assign, rules, Measure::in_any_order)(steps); };
        agree_on_random(shape, seeds, oracle, [windows = with_rules(spec, rules)](auto source, auto sink) {
            return std::move(source) | weir::key_by(&In::key) | weir::window(windows) |
                   weir::aggregate(weir::count(), weir::sum(&In::value), weir::max(&In::value)) | weir::map(ToRow{}) | std::move(sink);
        });
    }
}

} // namespace

TEST_CASE("sliding windows share slices: what the rules say, whether size is a multiple of slide or not") {
    const std::tuple<Time, Time, Time> windows[] = {{12, 4, 0}, {10, 4, 3}, {11, 3, 1}, {40, 2, 0}, {7, 6, 2}, {60, 7, 5}};
    for (const auto& [size, slide, offset] : windows) {
        INFO("size " << size << ", slide " << slide << ", offset " << offset);
        hold(weir::sliding(Duration(size), Duration(slide)).offset(Duration(offset)), oracles::sliding(size, slide, offset), 12, {}, {0, 5, 40});
    }
}

TEST_CASE("sliding windows share slices: with many keys, much disorder and a watermark that lags") {
    hold(weir::sliding(Duration(30), Duration(3)), oracles::sliding(30, 3), 6, {.steps = 400, .keys = 40, .disorder = 60, .speed = 2, .mark = 30}, {0, 25});
    hold(weir::sliding(Duration(50), Duration(20)), oracles::sliding(50, 20), 6, {.steps = 300, .keys = 5, .disorder = 5, .speed = 30}, {0, 25});
}

TEST_CASE("cumulative windows share slices") {
    hold(weir::cumulative(Duration(12), Duration(4)), oracles::cumulative(12, 4), 12, {}, {0, 5, 40});
    hold(weir::cumulative(Duration(40), Duration(2)), oracles::cumulative(40, 2), 6, {.steps = 300, .keys = 20, .disorder = 30}, {0, 9});
}
