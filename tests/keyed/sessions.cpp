// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace {

using weir::Duration;

weir::Timestamp at(std::int64_t t) { return weir::Timestamp(Duration(t)); }

struct In {
    int value;
    int gap;
};
using Script = weir::TestStream<In>;
using Rows = std::vector<std::pair<std::vector<int>, weir::Timing>>;

template <typename Spec>
Rows collected(Script script, const Spec& spec) {
    Rows rows;
    weir::run(weir::from(std::move(script)) | weir::window(spec) | weir::aggregate(weir::collect(&In::value)) |
              weir::for_each([&](const auto& row) { rows.emplace_back(row.value, row.window.pane.timing); }));
    return rows;
}

const auto gap_of = [](const In& in) { return Duration(in.gap); };

} // namespace

TEST_CASE("sessions that one event brings together give their values in the order of their first events") {
    std::vector<int> order{0, 1, 2, 3};
    do {
        INFO(fmt::format("{}", fmt::join(order, " ")));
        Script script;
        std::vector<int> all;
        for (const int i : order) {
            script.event({i, 1}, at(10 * i)).event({10 + i, 1}, at(10 * i + 1));
            all.insert(all.end(), {i, 10 + i});
        }
        all.push_back(99);
        for (const int start : {-5, 0, 1}) { // before them all, where the first begins, within it
            Script together = script;
            CHECK(collected(together.event({99, 40}, at(start)), weir::session(gap_of)) == Rows{{all, weir::Timing::on_time}});
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a session's pane for an event that came behind its end is late, also without a pane at the end") {
    Script script;
    script.event({1, 1}, at(4)).event({2, 1}, at(5)).watermark(at(5)).event({3, 1}, at(5));
    const auto sessions = weir::session(gap_of).allowed_lateness(Duration(8));
    CHECK(collected(script, sessions.trigger(weir::each())) ==
          Rows{{{1}, weir::Timing::early}, {{1, 2}, weir::Timing::early}, {{1, 2, 3}, weir::Timing::late}});
}
