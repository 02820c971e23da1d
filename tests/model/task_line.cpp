// SPDX-License-Identifier: BSL-1.0
// The line of tasks before the threads of a Pool as shipped, in every way: each task is stepped by one thread at a time, and none is left lying that
// was woken. And with mistakes, each of which is found.
#include "catch.hpp"
#include "model/every_way.hpp"

#include <weir/run/peer_wait.hpp>
#include <weir/run/task_line.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

using model::Run;
using model::Watched;
using weir::Step;

namespace {

// --- mistakes

/// Who puts a task in the line wakes nobody.
struct Silent : model::Machine {
    struct condition_variable : model::ConditionVariable {
        void notify_one() {}
    };
};
/// Who puts a task in the line does not say so to who looks around, and still wakes nobody as long as one does.
struct Unseen : model::Machine {
    template <typename T>
    struct atomic : model::Atomic<T> {
        using model::Atomic<T>::Atomic;
        T fetch_add(T, std::memory_order order) { return this->load(order); }
    };
};
/// Wakes nobody whose task is being stepped: it will have seen what it is told of, one might think.
struct Deaf final : weir::Waker {
    weir::Waker* line = nullptr;
    void wake(weir::Task& task) noexcept override;
};
enum class Mistake : unsigned char { none, wakes_first, not_while_stepped };

/// Waits for tickets, and ends with the last of them; what it leaves, if anything, goes to the next task.
class Taker : public weir::Task {
public:
    explicit Taker(int all) : all_(all) { peer_.attach(*this); }

    void give() {
        tickets_.fetch_add(1, std::memory_order_release);
        peer_.notify();
    }
    /// Whoever does so has it wrong.
    void wake_first() {
        peer_.notify();
        tickets_.fetch_add(1, std::memory_order_release);
    }
    [[nodiscard]] bool ended() const noexcept { return taken_ == all_; }
    bool is_stepped = false;
    Taker* next = nullptr;
    Listening listens = Listening::listening;

    Step step(weir::Budget) override {
        is_stepped = true;
        in_use_ = Watched(taken_);
        const int there = tickets_.load(std::memory_order_acquire);
        if (there == taken_) return wait_for_more();
        for (; taken_ != there; ++taken_)
            if (next) next->give();
        in_use_ = Watched(taken_);
        return ended() ? Step{Step::State::ended} : Step{};
    }
    Listening listen() override { return is_stepped = false, listens; }
    void report(weir::detail::ReportWalk&) const override {}
    void save(weir::detail::SaveWalk&) const override {}
    void load(weir::detail::LoadWalk&) override {}
    [[nodiscard]] bool is_source() const noexcept override { return false; }

private:
    /// As the reading end of a channel does.
    Step wait_for_more() {
        peer_.announce();
        if (tickets_.load(std::memory_order_acquire) == taken_) return {Step::State::waiting_input};
        peer_.cancel();
        return {};
    }
    model::Atomic<int> tickets_{0};
    weir::detail::BasicPeerWait<model::Machine> peer_;
    Watched in_use_{0};
    int all_;
    int taken_ = 0;
};

void Deaf::wake(weir::Task& task) noexcept {
    if (not static_cast<Taker&>(task).is_stepped) line->wake(task);
}

/// A job of up to two tasks, and the line in front of its threads.
template <typename M>
struct Program {
    explicit Program(std::size_t threads) : line(graph, weir::Budget{}, threads) {}
    Taker& add(int tickets) {
        auto task = std::make_unique<Taker>(tickets);
        Taker& taker = *task;
        graph.add(std::move(task));
        return taker;
    }
    weir::Graph graph{weir::RunOptions{.memory = 1}};
    weir::detail::TaskLine<M> line;
    Deaf deaf;
};

/// Threads of the pool; another gives a task its tickets, one by one.
template <typename M>
auto tickets(std::size_t threads, int n, Mistake mistake = Mistake::none) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<M>>(threads);
        Taker* const taker = &p->add(n);
        p->line.adopt(*taker);
        p->deaf.line = &p->line;
        if (mistake == Mistake::not_while_stepped) taker->set_waker(&p->deaf);
        for (std::size_t i = 0; i < threads; ++i) run.thread([=] { p->line.work(); });
        run.thread([=] {
            for (int i = 0; i < n; ++i)
                if (mistake == Mistake::wakes_first) taker->wake_first();
                else taker->give();
        });
        run.finally([=, &run] {
            if (not taker->ended() || not p->graph.ended()) run.fail("a task has not ended");
        });
    };
}

/// One task wakes another for each ticket; the second comes to the line only later.
template <typename M>
auto one_after_the_other(std::size_t threads, int n) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<M>>(threads);
        Taker *const first = &p->add(n), *const second = &p->add(n);
        first->next = second;
        p->line.adopt(*first);
        for (std::size_t i = 0; i < threads; ++i) run.thread([=] { p->line.work(); });
        run.thread([=] {
            first->give();
            p->line.adopt(*second);
            for (int i = 1; i < n; ++i) first->give();
        });
        run.finally([=, &run] {
            if (not first->ended() || not second->ended() || not p->graph.ended()) run.fail("a task has not ended");
        });
    };
}

/// A task that nobody wakes: it is asked again and again.
template <typename M>
auto asked(std::size_t threads) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<M>>(threads);
        Taker* const taker = &p->add(1);
        taker->listens = weir::Task::Listening::unsupported;
        p->line.adopt(*taker);
        taker->set_waker(nullptr);
        for (std::size_t i = 0; i < threads; ++i) run.thread([=] { p->line.work(); });
        run.thread([=] { taker->give(); });
        run.finally([=, &run] {
            if (not taker->ended()) run.fail("a task has not ended");
        });
    };
}

template <typename Make>
void holds(Make make, const model::Bounds& bounds = {.preemptions = 1, .stale = 1}) { model::check_every_way(make, bounds); }
using model::failure_of;

} // namespace

TEST_CASE("every way: a task of a pool that is woken is stepped again, by one thread at a time") {
    holds(tickets<model::Machine>(1, 2));
    holds(tickets<model::Machine>(2, 2));
}

TEST_CASE("every way: tasks of a pool wake each other, also one that comes while it runs") {
    holds(one_after_the_other<model::Machine>(1, 2));
    holds(one_after_the_other<model::Machine>(2, 1));
}

TEST_CASE("every way: a task of a pool that nobody wakes is asked again") {
    holds(asked<model::Machine>(1));
}

TEST_CASE("every way, further: tasks of a pool", "[soak]") {
    constexpr model::Bounds more{.preemptions = 2, .stale = 1};
    holds(tickets<model::Machine>(2, 2), more);
    holds(one_after_the_other<model::Machine>(1, 2), more);
    holds(one_after_the_other<model::Machine>(2, 1), more);
    holds(asked<model::Machine>(2), more);
}

TEST_CASE("planted: mistakes of pools are found") {
    CHECK_THAT(failure_of(tickets<model::Machine>(1, 1, Mistake::wakes_first)), Catch::StartsWith("they sleep for ever, threads 1"));
    CHECK_THAT(failure_of(tickets<Silent>(1, 1)), Catch::StartsWith("they sleep for ever, threads 1"));
    CHECK_THAT(failure_of(tickets<Unseen>(1, 1)), Catch::StartsWith("they sleep for ever, threads 1"));
    CHECK_THAT(failure_of(tickets<model::Machine>(1, 2, Mistake::not_while_stepped)), Catch::StartsWith("they sleep for ever, threads 1"));
}
