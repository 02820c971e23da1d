// SPDX-License-Identifier: BSL-1.0
// Each answer of Task::step, and an operator that is suspended in the middle of a million outputs.
#include "catch.hpp"
#include "runtime/tasks.hpp"

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using State = weir::Step::State;

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}

/// Says "nothing yet, ask again in 10 ms" between any two events.
struct Slow {
    using event_type = int;
    int n = 0;
    bool ready = false;
    weir::Polled<int> poll() {
        ready = not ready;
        if (ready) return n++;
        return weir::Polled<int>::nothing(10ms);
    }
};

/// 0 ... n - 1, computed as it is read; `made` says how far.
class Counting {
public:
    Counting(int n, int& made) : n_(n), made_(&made) {}
    struct Iterator {
        using value_type = int;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;
        int at = 0;
        int* made = nullptr;
        int operator*() const {
            *made = at + 1;
            return at;
        }
        Iterator& operator++() {
            ++at;
            return *this;
        }
        void operator++(int) { ++at; }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.at == b.at; }
    };
    [[nodiscard]] Iterator begin() const { return {0, made_}; }
    [[nodiscard]] Iterator end() const { return {n_, made_}; }

private:
    int n_;
    int* made_;
};

} // namespace

TEST_CASE("a step answers `ran` when its budget is used up, and `ended` once nothing is left") {
    std::vector<int> got;
    Tasks<> tasks(weir::from(numbers(10)) | weir::collect_into(got));
    REQUIRE(tasks.step(0, 4).state == State::ran);
    REQUIRE(got.size() == 4);
    const weir::Step last = tasks.settle(0);
    REQUIRE(last.state == State::ended);
    REQUIRE(got.size() == 10);
    REQUIRE(tasks.step(0).state == State::ended);
}

TEST_CASE("a step answers `idle_until` when its source says when to ask again") {
    weir::ManualClock clock(weir::Timestamp(1s));
    std::vector<int> got;
    Tasks<> tasks(weir::from(Slow{}) | weir::collect_into(got), &clock);
    const weir::Step step = tasks.settle(0);
    REQUIRE(step.state == State::idle_until);
    REQUIRE(step.until == weir::Timestamp(1s) + 10ms);
    REQUIRE(got == std::vector{0});
}

TEST_CASE("`until` is the chain's own deadline where that is earlier") {
    weir::ManualClock clock(weir::Timestamp(1s));
    std::vector<std::size_t> sizes;
    Tasks<> tasks(weir::from(Slow{}) | weir::micro_batch(100, 3ms) | weir::process([](std::span<int> b) { return b.size(); }) | weir::collect_into(sizes),
                  &clock);
    const weir::Step step = tasks.settle(0);
    REQUIRE(step.state == State::idle_until);
    REQUIRE(step.until == weir::Timestamp(1s) + 3ms);
    clock.advance(3ms);
    tasks.settle(0);
    REQUIRE(sizes == std::vector<std::size_t>{1});
}

TEST_CASE("a step answers `waiting_input` when a queue or a stage's queue is empty") {
    weir::SpscQueue<int> queue{4};
    std::vector<int> got;
    Tasks<> tasks(weir::from(queue) | weir::stage() | weir::collect_into(got));
    REQUIRE(tasks.size() == 2);
    REQUIRE(tasks.settle(0).state == State::waiting_input);
    REQUIRE(tasks.settle(1).state == State::waiting_input);
    REQUIRE(tasks[0].waits_outside());
    REQUIRE_FALSE(tasks[1].waits_outside());
    queue.push(1);
    queue.close();
    REQUIRE(tasks.settle(0).state == State::ended);
    REQUIRE(tasks.settle(1).state == State::ended);
    REQUIRE(got == std::vector{1});
}

TEST_CASE("a step answers `waiting_output` when the next stage's queue is full, and has read nothing in vain") {
    std::vector<int> got;
    int read = 0;
    Tasks<> tasks(weir::from(numbers(100)) | weir::tap([&](int) { ++read; }) | weir::stage({.capacity = 8}) | weir::collect_into(got));
    REQUIRE(tasks.settle(0).state == State::waiting_output);
    REQUIRE(read == 8);
    REQUIRE(tasks.settle(0).state == State::waiting_output);
    REQUIRE(read == 8);
    tasks.step(1, 3);
    REQUIRE(tasks.settle(0).state == State::waiting_output);
    REQUIRE(read == 11);
    tasks.run_to_end();
    REQUIRE(got == numbers(100));
}

TEST_CASE("a paused task answers `waiting_input` and reads nothing; resumed it goes on") {
    std::vector<int> got;
    Tasks<> tasks(weir::from(numbers(100)) | weir::collect_into(got));
    tasks.step(0, 10);
    tasks[0].post({weir::Control::Kind::pause});
    REQUIRE(tasks.step(0).state == State::waiting_input);
    REQUIRE(tasks.step(0).state == State::waiting_input);
    REQUIRE(got.size() == 10);
    tasks[0].post({weir::Control::Kind::resume});
    tasks.run_to_end();
    REQUIRE(got.size() == 100);
}

TEST_CASE("of what a task is told again and again before its step the last pause or resume counts, and the first stop or drain") {
    using Kind = weir::Control::Kind;
    const auto told = [](std::initializer_list<Kind> all) {
        std::vector<int> sums;
        Tasks<> tasks(weir::from(numbers(100)) | weir::window(weir::global_window()) | weir::aggregate(weir::sum()) | weir::for_each([&sums](const auto& row) { sums.push_back(static_cast<int>(row.value)); }));
        tasks.step(0, 10);
        for (int i = 0; i < 100; ++i)
            for (const Kind kind : all) tasks[0].post({kind});
        const State state = tasks.settle(0).state;
        return std::pair(state, sums.size());
    };
    REQUIRE(told({Kind::resume, Kind::pause}) == std::pair(State::waiting_input, std::size_t{0}));
    REQUIRE(told({Kind::pause, Kind::resume}) == std::pair(State::ended, std::size_t{1}));
    REQUIRE(told({Kind::pause, Kind::stop, Kind::drain}) == std::pair(State::ended, std::size_t{0}));
    REQUIRE(told({Kind::drain, Kind::stop}) == std::pair(State::ended, std::size_t{1}));
    REQUIRE(told({Kind::stop, Kind::pause}) == std::pair(State::waiting_input, std::size_t{0}));
    REQUIRE(told({Kind::drain, Kind::release, Kind::abandon}) == std::pair(State::ended, std::size_t{0}));
}

TEST_CASE("a paused task is not waited for at its source, so its thread sleeps and does not spin") {
    weir::SpscQueue<int> queue{4};
    Tasks<> tasks(weir::from(queue) | weir::for_each([](int) {}));
    queue.push(1);
    tasks[0].post({weir::Control::Kind::pause});
    REQUIRE(tasks.step(0).state == State::waiting_input);
    REQUIRE_FALSE(tasks[0].waits_outside());
    tasks[0].post({weir::Control::Kind::resume});
    REQUIRE(tasks.settle(0).state == State::waiting_input);
    REQUIRE(tasks[0].waits_outside());
    REQUIRE(queue.size() == 0);
}

TEST_CASE("a released task ends at once: nothing flushes, what is held stays held") {
    std::vector<int> got;
    Tasks<> tasks(weir::from(numbers(100)) | weir::micro_batch(8) | weir::unbatch() | weir::collect_into(got));
    tasks.step(0, 10);
    tasks[0].post({weir::Control::Kind::release});
    REQUIRE(tasks.step(0).state == State::ended);
    REQUIRE(got == numbers(8));
    REQUIRE(tasks.graph.report_now().at("micro_batch#1").held == 2);
}

TEST_CASE("an operator is suspended in the middle of a million outputs, and no more are made than there is room for") {
    constexpr int million = 1'000'000;
    int made = 0;
    std::int64_t sum = 0;
    int seen = 0;
    Tasks<> tasks(weir::from(std::vector{1}) | weir::flat_map([&made](int) { return Counting(million, made); }) | weir::stage({.capacity = 1000}) |
                  weir::for_each([&](int x) {
                      sum += x;
                      ++seen;
                  }));
    int suspended = 0;
    int beyond = 0; // the most that was made but not yet taken
    for (;;) {
        const weir::Step step = tasks.settle(0);
        beyond = std::max(beyond, made - seen);
        if (step.state == State::ended) break;
        REQUIRE(step.state == State::waiting_output);
        ++suspended;
        tasks.step(1, 777);
    }
    REQUIRE(tasks.settle(1).state == State::ended);
    REQUIRE(suspended > 1000);
    REQUIRE(beyond <= 1001);
    REQUIRE(seen == million);
    REQUIRE(sum == std::int64_t{million} * (million - 1) / 2);
    REQUIRE(tasks.graph.report_now().at("flat_map#1").out == million);
}

TEST_CASE("an event that gives more than there is room for, without waiting, overshoots by what it gives and no more") {
    std::vector<int> got;
    int read = 0;
    Tasks<> tasks(weir::from(numbers(50)) | weir::tap([&](int) { ++read; }) | weir::flat_map<int>([](int x, auto&& emit) {
                      for (int i = 0; i < 10; ++i) emit(x);
                  }) | weir::stage({.capacity = 4}) | weir::collect_into(got));
    REQUIRE(tasks.settle(0).state == State::waiting_output);
    REQUIRE(read <= 4);
    const int before = read;
    tasks.step(1, 4);
    REQUIRE(tasks.settle(0).state == State::waiting_output);
    REQUIRE(read == before);
    tasks.run_to_end();
    REQUIRE(got.size() == 500);
    for (int i = 0; i < 500; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i / 10);
}
