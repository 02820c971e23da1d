// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <numeric>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}

} // namespace

TEST_CASE("a stepper runs a job inside the caller's loop") {
    const std::vector<int> input = numbers(1000);
    std::vector<int> got;
    auto stepper = weir::stepper(weir::from(input) | weir::collect_into(got));
    std::size_t steps = 0;
    while (stepper.step(256) != weir::Progress::ended) ++steps;
    REQUIRE(got == input);
    REQUIRE(steps >= 3);
    REQUIRE(stepper.step() == weir::Progress::ended);
}

TEST_CASE("a step hands on at most as many events as it is told") {
    const std::vector<int> input = numbers(100);
    std::vector<int> got;
    auto stepper = weir::stepper(weir::from(input) | weir::collect_into(got));
    for (std::size_t n = 1; n <= 10; ++n) {
        REQUIRE(stepper.step(7) == weir::Progress::more);
        REQUIRE(got.size() == 7 * n);
    }
}

TEST_CASE("a stepper steps the tasks of stages too, on the caller's thread alone") {
    const std::vector<int> input = numbers(500);
    std::vector<int> got;
    auto stepper = weir::stepper(weir::from(input) | weir::stage({.capacity = 3}) | weir::stage({.capacity = 5}) | weir::for_each([&, id = std::this_thread::get_id()](int x) {
                                     REQUIRE(std::this_thread::get_id() == id);
                                     got.push_back(x);
                                 }));
    while (stepper.step(10) != weir::Progress::ended) {}
    REQUIRE(got == input);
}

TEST_CASE("a stepper is idle while there is nothing to read, and goes on later") {
    weir::SpscQueue<int> queue{8};
    std::vector<int> got;
    auto stepper = weir::stepper(weir::from(queue) | weir::collect_into(got));
    REQUIRE(stepper.step() == weir::Progress::idle);
    queue.push(1);
    REQUIRE(stepper.step() != weir::Progress::ended);
    REQUIRE(got == std::vector{1});
    REQUIRE(stepper.step() == weir::Progress::idle);
    queue.push(2);
    queue.close();
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(got == std::vector{1, 2});
}

TEST_CASE("a stepper keeps the deadlines of its job on the clock that it is given") {
    using namespace std::chrono_literals;
    weir::SpscQueue<int> queue{8};
    weir::ManualClock clock;
    std::vector<std::size_t> sizes;
    auto stepper = weir::stepper(weir::from(queue) | weir::micro_batch(100, 10ms) | weir::process([](std::span<int> batch) { return batch.size(); }) |
                                     weir::collect_into(sizes),
                                 {.clock = &clock});
    queue.push(1);
    queue.push(2);
    while (stepper.step() == weir::Progress::more) {}
    clock.advance(9ms);
    while (stepper.step() == weir::Progress::more) {}
    REQUIRE(sizes.empty());
    clock.advance(1ms);
    while (stepper.step() == weir::Progress::more) {}
    REQUIRE(sizes == std::vector<std::size_t>{2});
}

TEST_CASE("a stopped stepper reads no further; what was read flows through, what is kept to the end is held") {
    const std::vector<int> input = numbers(100);
    std::vector<int> got;
    auto stepper = weir::stepper(weir::from(input) | weir::sort_by([](int x) { return -x; }) | weir::collect_into(got));
    stepper.step(10);
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(got.empty());
    REQUIRE(stepper.report().at("sort_by#1").held == 10);
}

TEST_CASE("a drained stepper ends as if the source had ended") {
    const std::vector<int> input = numbers(100);
    std::vector<int> got;
    auto stepper = weir::stepper(weir::from(input) | weir::sort_by([](int x) { return -x; }) | weir::collect_into(got));
    stepper.step(4);
    stepper.drain();
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(got == std::vector{3, 2, 1, 0});
}

TEST_CASE("a stepper throws what a function threw, once, and has then ended") {
    auto stepper = weir::stepper(weir::from(numbers(10)) | weir::stage() | weir::for_each([](int x) {
                                     if (x == 5) throw std::runtime_error("five");
                                 }));
    REQUIRE_THROWS_WITH([&] { while (stepper.step(2) != weir::Progress::ended) {} }(), "five");
    REQUIRE(stepper.step() == weir::Progress::ended);
    REQUIRE(stepper.report().at("for_each#1").in == 6);
}

TEST_CASE("a stepper that is left in the middle leaves nothing behind") {
    auto shared = std::make_shared<int>(1);
    {
        auto stepper = weir::stepper(weir::from(numbers(100)) | weir::map([shared](int x) { return std::pair(shared, x); }) |
                                     weir::stage({.capacity = 4}) | weir::for_each([](const auto&) {}));
        stepper.step(3);
    }
    REQUIRE(shared.use_count() == 1);
}
