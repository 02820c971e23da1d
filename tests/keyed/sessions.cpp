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

TEST_CASE("behind merge an event is too late for a session, and to be known again, by the watermark of its own input") {
    Script fast; // says first how far it has come, while the other has said nothing yet
    fast.event({1, 5}, at(100)).watermark(at(99)).event({2, 5}, at(90)).event({3, 5}, at(95)).event({4, 5}, at(20)).advance(Duration(20)).event({5, 5}, at(120));
    Script slow;
    slow.advance(Duration(10)).event({6, 5}, at(20)).watermark(at(19)).event({7, 5}, at(23)).event({8, 5}, at(10));
    std::vector<int> late;
    Rows rows;
    weir::Simulation simulation(1);
    const auto too_late = weir::for_each([&](const In& in) { late.push_back(in.value); });
    const weir::Report report = weir::run(weir::merge(weir::from(fast), weir::from(slow)) | weir::window(weir::session(gap_of).late_to(too_late)) |
                                              weir::aggregate(weir::collect(&In::value)) |
                                              weir::for_each([&](const auto& row) { rows.emplace_back(row.value, row.window.pane.timing); }),
                                          simulation.options());
    CHECK(late == std::vector<int>{2, 4, 8}); // 3 touches the session of 1
    CHECK(rows == Rows{{{6, 7}, weir::Timing::on_time}, {{1, 3}, weir::Timing::on_time}, {{5}, weir::Timing::on_time}});

    fast.rewind();
    slow.rewind();
    std::vector<int> known;
    weir::Simulation again(1);
    weir::run(weir::merge(weir::from(fast), weir::from(slow)) | weir::key_by(&In::value) | weir::deduplicate({.ttl = Duration(1000)}) |
                  weir::for_each([&](const In& in) { known.push_back(in.value); }),
              again.options());
    CHECK(known == std::vector<int>{1, 6, 7, 5});
    CHECK(report.at("aggregate#1").dropped(weir::Drop::late) == 3);
}

TEST_CASE("sessions that were loaded take events when others of them have ended") {
    Script script;
    script.event({1, 5}, at(0)).event({2, 5}, at(20)).watermark(at(10)).event({2, 5}, at(21)).event({1, 5}, at(22)).watermark(at(40));
    const auto make = [](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::value) | weir::window(weir::session(Duration(5))) | weir::aggregate(weir::count()) | std::move(sink);
    };
    weir::check_recovery(script, make, {.runs = 40});
}

TEST_CASE("what comes late for ever is in the final pane of each session, however much comes") {
    Script script;
    script.event({1, 0}, at(0)).event({2, 0}, at(0)).watermark(at(1'000)).event({1, 0}, at(1));
    for (int i = 0; i < 200; ++i) script.event({2, 0}, at(1));
    const auto sessions = weir::session(Duration(10))
                              .allowed_lateness(Duration::max())
                              .trigger(weir::after_watermark().late(weir::never()).final_pane());
    std::vector<std::pair<int, std::uint64_t>> rows;
    const weir::Report report = weir::run(weir::from(std::move(script)) | weir::key_by(&In::value) | weir::window(sessions) |
                                          weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { rows.emplace_back(row.key, row.value); }));
    CHECK(rows == std::vector<std::pair<int, std::uint64_t>>{{1, 1}, {2, 1}, {1, 2}, {2, 201}});
    CHECK(report.at("aggregate#1").held == 0);
}
