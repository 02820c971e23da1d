// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace std::chrono_literals;

namespace {

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

weir::TestStream<int> disordered() {
    weir::TestStream<int> script;
    script.event(1, at(3s)).watermark(at(3s)).event(2, at(3s)).event(3, at(4s)).event(4, at(1s)).watermark(at(6s)).event(5, at(6s)).event(6, at(7s));
    return script;
}

} // namespace

TEST_CASE("drop_late drops what the watermark has reached, and says where to") {
    std::vector<int> in_time;
    std::vector<weir::Event<int>> late;
    const weir::Report report = weir::run(weir::from(disordered()) | weir::drop_late().late_to(weir::collect_into(late)) | weir::collect_into(in_time));
    CHECK(in_time == std::vector<int>{1, 3, 6});
    CHECK(late == std::vector<weir::Event<int>>{{2, at(3s)}, {4, at(1s)}, {5, at(6s)}});
    CHECK(report.at("drop_late#1").dropped(weir::Drop::late) == 3);
    CHECK(report.at("drop_late#1/late_to/collect_into#1").in == 3);
}

TEST_CASE("before any watermark nothing is late, not even the earliest time there is") {
    weir::TestStream<int> script;
    script.event(1, weir::min_time).watermark(weir::min_time + 1ns).event(2, weir::min_time);
    std::vector<int> kept, ordered;
    weir::run(weir::from(weir::TestStream(script)) | weir::drop_late() | weir::collect_into(kept));
    weir::run(weir::from(weir::TestStream(script)) | weir::in_time_order() | weir::collect_into(ordered));
    CHECK(kept == std::vector<int>{1});
    CHECK(ordered == std::vector<int>{1});
}

TEST_CASE("before windows it judges by the event what they would judge by the window") {
    const auto counts = [](auto before) {
        std::vector<std::uint64_t> given;
        weir::run(weir::from(disordered()) | before | weir::key_by([](int) { return 0; }) | weir::drop_late() | weir::window(weir::tumbling(20s)) |
                  weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { given.push_back(row.value); }));
        return given;
    };
    CHECK(counts(weir::filter([](int) { return true; })) == std::vector<std::uint64_t>{3});
    CHECK(counts(weir::drop_late()) == std::vector<std::uint64_t>{3});
}

TEST_CASE("a late event behind a full stage waits for room") {
    std::vector<int> in_time, late;
    weir::TestStream<int> script;
    script.watermark(at(100s));
    for (int i = 0; i < 50; ++i) script.event(i, at(std::chrono::seconds(i % 2 == 0 ? 200 : 50)));
    weir::Simulation simulation(7);
    const auto side = weir::stage({.capacity = 2}) | weir::for_each([&late](int i) { late.push_back(i); });
    weir::run(weir::from(script) | weir::drop_late().late_to(side) | weir::for_each([&](int i) { in_time.push_back(i); }), simulation.options());
    CHECK(in_time.size() == 25);
    REQUIRE(late.size() == 25);
    for (int i = 0; i < 25; ++i) CHECK(late[static_cast<std::size_t>(i)] == 2 * i + 1);
}
