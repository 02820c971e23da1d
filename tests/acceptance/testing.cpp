// SPDX-License-Identifier: BSL-1.0
// Programs that a user would write, as they stand: tests of their own pipelines.
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Reading {
    int id = 0;

    friend bool operator==(const Reading&, const Reading&) = default;
};

} // namespace

TEST_CASE("a test stream gives events with explicit times and watermarks", "[acceptance]") {
    const weir::Timestamp at{100s};
    const Reading reading{1}, late_one{2};

    weir::TestStream<Reading> script;
    script.event(reading, at).watermark(at + 5s).idle().event(late_one, at);
    std::vector<weir::Event<Reading>> result;
    weir::run(weir::from(script) | weir::filter([](const Reading& r) { return r.id > 0; }) | weir::collect_into(result));

    CHECK(result == std::vector<weir::Event<Reading>>{{reading, at}, {late_one, at}});
}

TEST_CASE("a pipeline is checked for the same result however it is run", "[acceptance]") {
    const std::vector<int> input{3, 1, 4, 1, 5, 9, 2, 6};
    weir::check_equivalence(input, [](auto source, auto sink) {
        return source | weir::filter([](int n) { return n > 1; }) | weir::micro_batch(3) | weir::unbatch() | sink;
    });
}
