// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "runtime/tasks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <vector>

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}

const std::vector<int> input = numbers(100);
constexpr auto add = [](int sum, int x) { return sum + x; };

/// Collects the epochs that were completed.
struct Epochs {
    std::vector<std::uint64_t> complete;
    weir::StateWriter state;
    std::optional<weir::detail::Checkpoints> checkpoints{};
    void watch(weir::Graph& graph) {
        checkpoints.emplace(graph, [this](std::uint64_t epoch, const weir::StateWriter& saved) {
            complete.push_back(epoch);
            state = saved;
        });
    }
};

} // namespace

TEST_CASE("barriers complete their checkpoints in order, each once, through all stages") {
    std::vector<int> got;
    Epochs epochs;
    Tasks<true> tasks(weir::from(input) | weir::stage({.capacity = 3}) | weir::scan(0, add) | weir::stage({.capacity = 2}) | weir::collect_into(got));
    epochs.watch(tasks.graph);
    tasks.step(0, 2);
    tasks[0].post({weir::Control::Kind::barrier, 1});
    tasks[0].post({weir::Control::Kind::barrier, 2});
    tasks.run_to_end();
    REQUIRE(epochs.complete == std::vector<std::uint64_t>{1, 2});
    REQUIRE(got.size() == 100);
}

namespace {
/// Asks all sources for three barriers before any has passed; gives the epochs in the order in which they were completed.
std::vector<std::uint64_t> three_at_once(Tasks<true>& tasks, const Epochs& epochs) {
    for (const std::uint64_t epoch : {1U, 2U, 3U})
        for (std::size_t i = 0; i < tasks.size(); ++i)
            if (tasks[i].is_source()) tasks[i].post({weir::Control::Kind::barrier, epoch});
    for (int round = 0; round < 10'000; ++round)
        for (std::size_t i = 0; i < tasks.size(); ++i) tasks.step(i, 2);
    return epochs.complete;
}
} // namespace

TEST_CASE("a barrier asked for while a merge waits with the one before passes behind it") {
    std::vector<int> got;
    Epochs epochs;
    Tasks<true> tasks(weir::merge(weir::from(input), weir::from(input) | weir::stage({.capacity = 3})) | weir::collect_into(got));
    epochs.watch(tasks.graph);
    CHECK(three_at_once(tasks, epochs) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(got.size() == 200);
}

TEST_CASE("so it does while the chain behind a merge waits for room, and in a merge of merges") {
    std::vector<int> got;
    Epochs epochs;
    const auto two = [] { return weir::merge(weir::from(input), weir::from(input)); };
    const auto some = weir::flat_map([](int x) { return std::vector<int>(5, x); });
    Tasks<true> tasks(weir::merge(two(), two() | weir::stage({.capacity = 2})) | some | weir::stage({.capacity = 1}) | weir::collect_into(got));
    epochs.watch(tasks.graph);
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks.step(i, 2);
    CHECK(three_at_once(tasks, epochs) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(got.size() == 2000);
}

TEST_CASE("a job goes on from a checkpoint, with its counts") {
    std::vector<int> first;
    Epochs epochs;
    const auto job = [](std::vector<int>& to) {
        return weir::from(input) | weir::stage({.capacity = 3}) | weir::named("total", weir::scan(0, add)) | weir::collect_into(to);
    };
    {
        Tasks<true> tasks(job(first));
        epochs.watch(tasks.graph);
        for (int i = 0; i < 12; ++i) {
            tasks.step(0, 2);
            tasks.step(1);
        }
        tasks[0].post({weir::Control::Kind::barrier, 1});
        tasks.step(0, 1);
        tasks.settle(1);
    }
    REQUIRE(epochs.complete.size() == 1);
    std::vector<int> second;
    Tasks<true> tasks(job(second));
    weir::detail::load_graph(tasks.graph, epochs.state);
    tasks.run_to_end();
    REQUIRE(second.back() == 4950);
    REQUIRE(second.size() < 100);
    REQUIRE(tasks.graph.report_now().at("total").in == 100);
}

TEST_CASE("a task that has ended before the barrier is part of the checkpoint as it ended") {
    std::vector<int> got;
    Epochs epochs;
    Tasks<true> tasks(weir::from(input) | weir::stage({.capacity = 10}) | weir::take(4) | weir::collect_into(got));
    epochs.watch(tasks.graph);
    tasks.step(0, 8);
    REQUIRE(tasks.settle(1).state == weir::Step::State::ended);
    tasks.graph.task_ended(tasks[1]);
    tasks[0].post({weir::Control::Kind::barrier, 5});
    tasks.step(0, 1);
    REQUIRE(epochs.complete == std::vector<std::uint64_t>{5});

    std::vector<int> nothing;
    Tasks<true> again(weir::from(input) | weir::stage({.capacity = 10}) | weir::take(4) | weir::collect_into(nothing));
    weir::detail::load_graph(again.graph, epochs.state);
    again.run_to_end();
    REQUIRE(nothing.empty());
}

TEST_CASE("a checkpoint that waits for a task is complete when that task ends") {
    std::vector<int> got;
    Epochs epochs;
    Tasks<true> tasks(weir::from(input) | weir::stage({.capacity = 10}) | weir::take(4) | weir::collect_into(got));
    epochs.watch(tasks.graph);
    tasks.step(0, 8);
    tasks[0].post({weir::Control::Kind::barrier, 5});
    tasks.step(0, 1);
    REQUIRE(epochs.complete.empty());
    REQUIRE(tasks.settle(1).state == weir::Step::State::ended);
    tasks.graph.task_ended(tasks[1]);
    REQUIRE(epochs.complete == std::vector<std::uint64_t>{5});
}

TEST_CASE("a barrier before the event that fails has passed before it") {
    Epochs epochs;
    Tasks<true> tasks(weir::from(input) | weir::stage({.capacity = 4}) | weir::for_each([](int) { throw std::runtime_error("first"); }));
    epochs.watch(tasks.graph);
    tasks[0].post({weir::Control::Kind::barrier, 1});
    tasks.settle(0);
    REQUIRE_THROWS_WITH(tasks.settle(1), "first");
    REQUIRE(epochs.complete == std::vector<std::uint64_t>{1});
}

TEST_CASE("a checkpoint that a failed task did not pass is never complete") {
    Epochs epochs;
    Tasks<true> tasks(weir::from(input) | weir::stage({.capacity = 4}) | weir::for_each([](int) { throw std::runtime_error("first"); }));
    epochs.watch(tasks.graph);
    tasks.step(0, 2);
    tasks[0].post({weir::Control::Kind::barrier, 1});
    tasks.step(0, 1);
    REQUIRE_THROWS_WITH(tasks.settle(1), "first");
    tasks.graph.task_failed(tasks[1], std::make_exception_ptr(std::runtime_error("first")));
    REQUIRE(tasks.settle(0).state == weir::Step::State::ended);
    tasks.graph.task_ended(tasks[0]);
    REQUIRE(tasks.graph.ended());
    REQUIRE(epochs.complete.empty());
}

TEST_CASE("state is refused by a job that has other operators, with the operator's name") {
    std::vector<int> got;
    Epochs epochs;
    Tasks<true> tasks(weir::from(input) | weir::named("total", weir::scan(0, add)) | weir::collect_into(got));
    epochs.watch(tasks.graph);
    tasks[0].post({weir::Control::Kind::barrier, 1});
    tasks.run_to_end();
    Tasks<true> renamed(weir::from(input) | weir::named("sum", weir::scan(0, add)) | weir::collect_into(got));
    REQUIRE_THROWS_AS(weir::detail::load_graph(renamed.graph, epochs.state), weir::StateError);
    Tasks<true> shorter(weir::from(input) | weir::collect_into(got));
    REQUIRE_THROWS_AS(weir::detail::load_graph(shorter.graph, epochs.state), weir::StateError);
    Tasks<true> longer(weir::from(input) | weir::named("total", weir::scan(0, add)) | weir::distinct() | weir::collect_into(got));
    REQUIRE_THROWS_WITH(weir::detail::load_graph(longer.graph, epochs.state), Catch::Contains("distinct#1"));
}

TEST_CASE("a barrier waits for what operators of an input give at its end") {
    const std::vector<int> many = numbers(1000);
    const auto job = [&many](std::vector<int>& to) {
        return weir::merge(weir::from(many) | weir::key_by([](int x) { return x; }) | weir::aggregate(weir::count()) | weir::map([](const auto& row) { return row.key; }), weir::from(input)) |
               weir::collect_into(to);
    };
    for (int steps = 1; steps < 200; steps += 7) {
        std::vector<int> got;
        std::size_t before = 0;
        weir::StateWriter state;
        {
            Tasks<true> tasks(job(got));
            weir::detail::Checkpoints checkpoints(tasks.graph, [&](std::uint64_t, const weir::StateWriter& saved) {
                state = saved;
                before = got.size();
            });
            for (int i = 0; i < steps; ++i) tasks.step(0, 40);
            tasks[0].post({weir::Control::Kind::barrier, 1});
            tasks.run_to_end();
        }
        if (state.data().empty()) break; // it had ended before
        std::vector<int> behind;
        Tasks<true> tasks(job(behind));
        weir::detail::load_graph(tasks.graph, state);
        tasks.run_to_end();
        got.resize(before);
        got.insert(got.end(), behind.begin(), behind.end());
        std::sort(got.begin(), got.end());
        std::vector<int> expected = many;
        expected.insert(expected.end(), input.begin(), input.end());
        std::sort(expected.begin(), expected.end());
        REQUIRE(got == expected);
    }
}
