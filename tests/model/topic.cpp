// SPDX-License-Identifier: BSL-1.0
// Topics and their subscribers as shipped, in every way: what Topic promises of threads. And with mistakes, each of which is found.
#include "catch.hpp"
#include "model/every_way.hpp"

#include <weir/queue/topic.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#if MODEL_ASAN
#include <sanitizer/lsan_interface.h>
#endif

using model::Run;

namespace {

/// The threads of a model, each with what it is publishing.
struct Threads : model::Machine {
    using thread_id = std::size_t;
    static thread_id this_thread() noexcept { return Run::current().thread() + 1; }
    static weir::detail::Publishing*& publishing() noexcept { return at[Run::current().thread()]; }
    static inline std::array<weir::detail::Publishing*, model::max_threads> at{};
};

// --- machines with mistakes

/// Which thread it is nobody knows.
struct OneThread : Threads {
    static thread_id this_thread() noexcept { return 1; }
};
/// A thread does not know that it is in a handler.
struct Forgetful : Threads {
    static weir::detail::Publishing*& publishing() noexcept {
        static weir::detail::Publishing* forgotten = nullptr;
        return forgotten = nullptr;
    }
};
/// Who has had the turn tells nobody.
struct Silent : Threads {
    struct condition_variable : model::ConditionVariable {
        void notify_all() {}
    };
};

/// What a handler has been given; in use by one thread at a time.
struct Heard {
    model::Watched in_use{0};
    std::vector<int> events{};
    std::size_t ends = 0;

    void take(int event) {
        in_use = model::Watched(event);
        events.push_back(event);
    }
    [[nodiscard]] bool has(int event) const { return std::find(events.begin(), events.end(), event) != events.end(); }
};
struct Target {
    Heard* heard;
    std::function<void(int)> then; // inside of the handler
    void on_event(int event) {
        heard->take(event);
        if (then) then(event);
    }
    void end(bool) {
        heard->in_use = model::Watched(0);
        ++heard->ends;
    }
    [[nodiscard]] weir::Report report() const { return {}; }
};

template <typename M>
struct Program {
    using Core = weir::detail::TopicCore<int, M>;
    using Subscriber = weir::detail::OneAtATime<int, Target, M>;

    std::array<Core, 2> topics{};
    std::array<Heard, 2> heard{};
    std::array<std::shared_ptr<Subscriber>, 2> subscribers{};

    void subscribe(std::size_t i, std::function<void(int)> then = {}) {
        subscribers[i] = std::make_shared<Subscriber>(Target{&heard[i], std::move(then)});
        topics[i].add(subscribers[i]);
    }
    /// As a subscription does.
    void end(std::size_t i) {
        topics[i].remove(*subscribers[i]);
        subscribers[i]->end(false);
    }
};
template <typename M>
auto program() {
    Threads::at = {};
    return std::make_shared<Program<M>>();
}

/// Two publish, one of them twice.
template <typename M>
auto two_publish(Run& run) {
    const auto p = program<M>();
    p->subscribe(0);
    run.thread([=, &run] {
        p->topics[0].publish(1);
        if (not p->heard[0].has(1)) run.fail("publish came back before the subscriber had the event");
        p->topics[0].publish(2);
    });
    run.thread([=] { p->topics[0].publish(3); });
    run.finally([=, &run] {
        std::vector<int> of_first = p->heard[0].events;
        if (std::erase(of_first, 3) != 1 || of_first != std::vector{1, 2}) run.fail("lost, doubled or out of order");
    });
}

/// One publishes; another ends the subscription, and uses what the handler had used.
template <typename M>
auto ends_meanwhile(Run& run) {
    const auto p = program<M>();
    p->subscribe(0);
    run.thread([=] {
        p->topics[0].publish(1);
        p->topics[0].publish(2);
    });
    run.thread([=] {
        p->end(0);
        p->heard[0].in_use = model::Watched(-1);
    });
    run.finally([=, &run] {
        if (p->heard[0].ends != 1) run.fail("its target has not ended once");
        if (p->heard[0].has(2) && not p->heard[0].has(1)) run.fail("an event was left out");
    });
}

/// Two publish; the handler ends its own subscription at the first event.
template <typename M>
auto ends_itself(Run& run) {
    const auto p = program<M>();
    Program<M>* const self = p.get();
    p->subscribe(0, [self](int) { self->end(0); });
    for (const int event : {1, 2})
        run.thread([=] { p->topics[0].publish(event); });
    run.finally([=, &run] {
        if (p->heard[0].events.size() != 1 || p->heard[0].ends != 1) run.fail("a call behind the last");
    });
}

/// Two topics, whose handlers publish into each other's: an event of a thread comes to both.
template <typename M>
auto crosswise(Run& run) {
    const auto p = program<M>();
    Program<M>* const self = p.get();
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
        p->subscribe(i, [self, i](int event) {
            if (event < 10) self->topics[1 - i].publish(event + 10);
        });
    run.thread([=] { p->topics[0].publish(1); });
    run.thread([=] { p->topics[1].publish(2); });
    run.finally([=, &run] {
        const auto& [one, other] = p->heard;
        if (one.events.size() != 2 || other.events.size() != 2 || not one.has(1) || not one.has(12) || not other.has(2) || not other.has(11))
            run.fail("lost or doubled");
    });
}

/// One publishes, one closes: what comes before is given, and the end once, behind it.
template <typename M>
auto closes_meanwhile(Run& run) {
    const auto p = program<M>();
    p->subscribe(0);
    const auto taken = std::make_shared<std::array<bool, 2>>();
    run.thread([=] {
        for (const int event : {0, 1}) taken->at(static_cast<std::size_t>(event)) = p->topics[0].publish(event);
    });
    run.thread([=] {
        p->topics[0].close();
        p->heard[0].in_use = model::Watched(-1);
    });
    run.finally([=, &run] {
        if (p->heard[0].ends != 1) run.fail("its target has not ended once");
        if (p->heard[0].has(1) && not p->heard[0].has(0)) run.fail("an event was left out");
        for (const int event : {0, 1})
            if (not taken->at(static_cast<std::size_t>(event)) && p->heard[0].has(event)) run.fail("given, though it was not taken");
    });
}

void holds(void (*make)(Run&), std::size_t preemptions = 8) { model::check_every_way(make, {.preemptions = preemptions}); }

/// The failure of the least way. What the threads of a way that is left had on their stacks is never given back.
std::string failure_of(void (*make)(Run&)) {
#if MODEL_ASAN
    const __lsan::ScopedDisabler leaks;
#endif
    return model::least(make, 4).failure;
}

} // namespace

TEST_CASE("every way: a subscriber sees one event at a time, those of a publisher in their order, and publish comes back behind it") {
    holds(two_publish<Threads>);
}

TEST_CASE("every way: a subscriber is not called behind the end of its subscription, nor running") {
    holds(ends_meanwhile<Threads>);
    holds(ends_itself<Threads>);
    holds(closes_meanwhile<Threads>);
}

TEST_CASE("every way: handlers that publish into each other's topics do not wait for each other") {
    holds(crosswise<Threads>);
}

TEST_CASE("planted: mistakes of topics are found") {
    CHECK_THAT(failure_of(ends_meanwhile<OneThread>), Catch::StartsWith("a race"));
    CHECK_THAT(failure_of(crosswise<Forgetful>), Catch::StartsWith("they sleep for ever, threads 1 2"));
    CHECK_THAT(failure_of(two_publish<Silent>), Catch::StartsWith("they sleep for ever"));
}
