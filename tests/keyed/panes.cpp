// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using weir::Duration;
using Strings = std::vector<std::string>;

weir::Timestamp at(std::int64_t t) { return weir::Timestamp(Duration(t)); }

struct In {
    char key;
    int value;
};
using Script = weir::TestStream<In>;

struct Ran {
    Strings rows{}; // "key [start, end) values timing"
    std::uint64_t expired = 0;
    std::uint64_t held = 0;
};

template <typename Spec>
Ran collected(Script script, const Spec& spec) {
    Ran ran;
    const weir::Report report = weir::run(
        weir::from(std::move(script)) | weir::key_by(&In::key) | weir::window(spec) | weir::aggregate(weir::collect(&In::value)) | weir::for_each([&](const auto& row) {
            const char* timings[] = {"early", "on time", "late"};
            ran.rows.push_back(fmt::format("{} [{}, {}) {} {}", row.key, row.window.start.time_since_epoch().count(), row.window.end.time_since_epoch().count(),
                                           fmt::join(row.value, " "), timings[static_cast<int>(row.window.pane.timing)]));
        }));
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        if (row.name.rfind("aggregate", 0) != 0) continue;
        ran.expired = row.dropped(weir::Drop::expired);
        ran.held = row.held;
    }
    return ran;
}

} // namespace

TEST_CASE("a pane for an event that came behind the window's end is late, also without a pane at the end") {
    Script script;
    script.event({'a', 1}, at(4)).event({'a', 2}, at(5)).event({'a', 3}, at(6)).watermark(at(9)).event({'a', 4}, at(8)).watermark(at(11)).event({'a', 5}, at(7));
    const auto windows = weir::tumbling(Duration(10)).allowed_lateness(Duration(8));
    CHECK(collected(script, windows.trigger(weir::after_count(2))).rows == Strings{"a [0, 10) 1 2 early", "a [0, 10) 1 2 3 4 late"});
    CHECK(collected(script, windows.trigger(weir::each()).discarding()).rows ==
          Strings{"a [0, 10) 1 early", "a [0, 10) 2 early", "a [0, 10) 3 early", "a [0, 10) 4 late", "a [0, 10) 5 late"});
}

TEST_CASE("a global window gives at a period's end what is new, once, whatever watermarks come between") {
    const auto when = weir::global_window().trigger(weir::after_watermark().early(weir::every(Duration(4))));
    Script all;
    all.event({'a', 1}, at(1)).event({'b', 2}, at(2)).watermark(at(3)).event({'a', 3}, at(4)).watermark(at(30)).event({'a', 4}, at(33));
    CHECK(collected(all, when).rows == Strings{"a [1, 5) 1 3 early", "b [2, 3) 2 early", "a [1, 34) 1 3 4 early", "a [1, 34) 1 3 4 on time", "b [2, 3) 2 on time"});
    CHECK(collected(all, when.discarding()).rows == Strings{"a [1, 5) 1 3 early", "b [2, 3) 2 early", "a [1, 34) 4 early"});
    Script step_by_step = all;
    step_by_step.watermark(at(31)).watermark(at(32)).watermark(at(500));
    CHECK(collected(step_by_step, when).rows == collected(all, when).rows);
    CHECK(collected(step_by_step, when.discarding()).rows == collected(all, when.discarding()).rows);
}
