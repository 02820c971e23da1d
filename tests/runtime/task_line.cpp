// SPDX-License-Identifier: BSL-1.0
// Threads that share tasks: who is woken, and for what.
#include "catch.hpp"

#include <weir/run/graph.hpp>
#include <weir/run/task_line.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string_view>
#include <thread>

namespace {

std::atomic<int> woken;
struct CountsWakes : weir::StdAtomics {
    struct condition_variable : std::condition_variable {
        void notify_one() noexcept {
            ++woken;
            std::condition_variable::notify_one();
        }
    };
};

/// Has always something to do, until it ends.
class Busy : public weir::Task {
public:
    explicit Busy(int steps) : left_(steps) {}
    weir::Step step(weir::Budget) override { return {--left_ == 0 ? weir::Step::State::ended : weir::Step::State::ran, 0, weir::max_time}; }
    Listening listen() override { return Listening::listening; }
    void report(weir::detail::ReportWalk&) const override {}
    void save(weir::detail::SaveWalk&) const override {}
    void load(weir::detail::LoadWalk&) override {}
    [[nodiscard]] std::string_view name() const noexcept override { return "busy"; }
    [[nodiscard]] bool is_source() const noexcept override { return false; }

private:
    int left_;
};

} // namespace

TEST_CASE("a task that goes on alone stays with its thread: no other is woken for it", "[threads]") {
    weir::Graph graph{weir::RunOptions{}};
    weir::detail::TaskLine<CountsWakes> line(graph, weir::Budget{}, 2);
    auto busy = std::make_unique<Busy>(100'000);
    weir::Task& task = *busy;
    graph.add(std::move(busy));
    line.adopt(task);
    std::thread other([&] { line.work(); });
    line.work();
    other.join();
    CHECK(woken < 10); // at its end all that sleep
}
