// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}

/// Says that it waits, and is never woken.
class Forgotten final : public weir::Task {
public:
    explicit Forgotten(weir::Step::State state) : state_(state) {}
    weir::Step step(weir::Budget) override { return {state_, 0, weir::max_time}; }
    void report(weir::detail::ReportWalk&) const override {}
    void save(weir::detail::SaveWalk&) const override {}
    void load(weir::detail::LoadWalk&) override {}
    [[nodiscard]] bool is_source() const noexcept override { return true; }
    [[nodiscard]] std::string_view name() const noexcept override { return "forgotten"; }

private:
    weir::Step::State state_;
};

} // namespace

TEST_CASE("a simulated job gives what any other run gives, and the same seed the same run") {
    const std::vector<int> input = numbers(200);
    std::set<std::uint64_t> lengths;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::uint64_t steps = 0;
        for (int again = 0; again < 2; ++again) {
            std::vector<int> got;
            weir::Simulation simulation(seed);
            weir::run(weir::from(input) | weir::stage({.capacity = 3}) | weir::stage({.capacity = 2}) | weir::collect_into(got), simulation.options());
            REQUIRE(got == input);
            if (again == 1) REQUIRE(simulation.steps() == steps);
            steps = simulation.steps();
        }
        lengths.insert(steps);
    }
    REQUIRE(lengths.size() > 10);
}

TEST_CASE("a task that waits and is never woken is a deadlock with a name") {
    for (const auto state : {weir::Step::State::waiting_input, weir::Step::State::waiting_output}) {
        weir::Graph graph(nullptr);
        graph.add(std::make_unique<Forgotten>(state));
        weir::Simulation simulation(1);
        REQUIRE_THROWS_WITH(simulation.run(graph), Catch::Contains("no task can go on") && Catch::Contains("forgotten: waiting for"));
    }
}

TEST_CASE("a task that runs for ever and does nothing is a livelock") {
    weir::Graph graph(nullptr);
    graph.add(std::make_unique<Forgotten>(weir::Step::State::ran));
    weir::Simulation simulation(1, {.max_steps = 1000});
    REQUIRE_THROWS_WITH(simulation.run(graph), Catch::Contains("1001 steps and no end"));
}

TEST_CASE("a simulation stops, drains and pauses a job at a given step") {
    const std::vector<int> input = numbers(100);
    for (const auto kind : {weir::Control::Kind::stop, weir::Control::Kind::drain}) {
        std::vector<int> got;
        weir::Simulation simulation(3, {.events = 10});
        simulation.inject(4, {kind});
        weir::run(weir::from(input) | weir::collect_into(got), simulation.options());
        REQUIRE(got == numbers(40));
    }
    std::vector<int> got;
    weir::Simulation simulation(3, {.events = 10});
    simulation.inject(4, {weir::Control::Kind::pause});
    simulation.inject(900, {weir::Control::Kind::resume});
    weir::run(weir::from(input) | weir::collect_into(got), simulation.options());
    REQUIRE(got == input);
    REQUIRE(simulation.steps() >= 900);
}

TEST_CASE("an error in a simulated job comes out of run") {
    weir::Simulation simulation(5);
    REQUIRE_THROWS_WITH(weir::run(weir::from(numbers(50)) | weir::stage({.capacity = 1}) | weir::for_each([](int x) {
                                      if (x == 20) throw std::runtime_error("twenty");
                                  }),
                                  simulation.options()),
                        "twenty");
}

TEST_CASE("a simulated job reads a queue that was filled before, and one that another thread fills", "[threads]") {
    weir::SpscQueue<int> queue{8};
    std::jthread producer([&queue] {
        for (int x = 0; x < 500; ++x) queue.push(x);
        queue.close();
    });
    std::vector<int> got;
    weir::Simulation simulation(7);
    weir::run(weir::from(queue) | weir::stage({.capacity = 3}) | weir::collect_into(got), simulation.options());
    REQUIRE(got == numbers(500));
}
