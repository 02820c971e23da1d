// SPDX-License-Identifier: BSL-1.0
#include <weir/queue/topic.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Ints = std::vector<int>;

template <typename Fn>
void on_threads(int n, Fn fn) {
    std::vector<std::thread> threads;
    for (int i = 0; i < n; ++i) threads.emplace_back(fn, i);
    for (std::thread& thread : threads) thread.join();
}

struct Keeper {
    Ints seen;
    void on_event(const int& event) { seen.push_back(event); }
};

struct TellsEnd {
    using kind = weir::OperatorKind;
    bool* ended;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) { next.on_event(std::forward<E>(event)); }
    template <typename Next>
    void on_end(Next& next) {
        *ended = true;
        next.on_end();
    }
};

struct GivesMaxAtTheEnd {
    using kind = weir::OperatorKind;
    template <typename S>
    using out = S;
    int most = 0;
    template <typename E, typename Next>
    void on_event(E&& event, Next&) { most = std::max(most, event); }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        if (t == weir::max_time) next.on_event(most);
        next.on_watermark(t);
    }
};

TEST_CASE("a topic gives each event to every subscriber, in the order of subscription, on the publisher's thread") {
    weir::Topic<int> topic;
    std::vector<std::string> log;
    std::vector<std::thread::id> where;
    const auto a = topic.subscribe([&](int event) { log.push_back("a" + std::to_string(event)); });
    const auto b = topic.subscribe([&](const int& event) {
        log.push_back("b" + std::to_string(event));
        where.push_back(std::this_thread::get_id());
    });
    CHECK(topic.subscribers() == 2);
    CHECK(topic.publish(1));
    CHECK(topic.publish(2));
    CHECK(log == std::vector<std::string>{"a1", "b1", "a2", "b2"});
    CHECK(where == std::vector(2, std::this_thread::get_id()));
}

TEST_CASE("a chain subscribes like a function and keeps its state between events") {
    weir::Topic<int> topic;
    Ints seen;
    auto subscription = topic.subscribe(weir::filter([](int e) { return e % 2 == 0; }) | weir::map([](int e) { return e * 10; }) |
                                        weir::skip(1) | weir::collect_into(seen));
    for (int i = 1; i <= 8; ++i) topic.publish(i);
    CHECK(seen == Ints{40, 60, 80});
}

TEST_CASE("an object with on_event subscribes; std::ref means the user's own") {
    weir::Topic<int> topic;
    Keeper keeper;
    const auto subscription = topic.subscribe(std::ref(keeper));
    topic.publish(7);
    CHECK(keeper.seen == Ints{7});
}

TEST_CASE("a topic without subscribers takes events") {
    weir::Topic<std::string> topic;
    CHECK(topic.publish("nobody listens"));
    CHECK(topic.subscribers() == 0);
}

TEST_CASE("a topic of events with times gives them to a chain with their times") {
    weir::Topic<weir::Event<int>> topic;
    std::vector<weir::Event<int>> seen;
    const auto subscription = topic.subscribe(weir::map([](int e) { return e + 1; }) | weir::collect_into(seen));
    topic.publish({1, weir::Timestamp(weir::Duration(5))});
    CHECK(seen == std::vector<weir::Event<int>>{{2, weir::Timestamp(weir::Duration(5))}});
}

TEST_CASE("a subscription ends with its life, by end(), or when another is moved into it") {
    weir::Topic<int> topic;
    Ints a, b;
    {
        const auto subscription = topic.subscribe([&](int e) { a.push_back(e); });
        topic.publish(1);
    }
    topic.publish(2);
    CHECK(a == Ints{1});

    auto first = topic.subscribe([&](int e) { a.push_back(e); });
    auto moved = std::move(first);
    topic.publish(3);
    moved = topic.subscribe([&](int e) { b.push_back(e); });
    topic.publish(4);
    moved.end();
    moved.end();
    topic.publish(5);
    CHECK(a == Ints{1, 3});
    CHECK(b == Ints{4});
    CHECK(topic.subscribers() == 0);
}

TEST_CASE("the end of a subscription ends its chain, the handlers' captures are freed, and its report stays") {
    weir::Topic<int> topic;
    bool ended = false;
    const auto captured = std::make_shared<int>(0);
    auto subscription = topic.subscribe(TellsEnd{&ended} | weir::filter([](int e) { return e > 1; }) | weir::for_each([captured](int) {}));
    for (int i = 0; i < 5; ++i) topic.publish(i);
    CHECK(subscription.report().at("filter#1").in == 5);
    CHECK(captured.use_count() == 2);
    CHECK(not ended);
    subscription.end();
    CHECK(ended);
    CHECK(captured.use_count() == 1);
    const weir::Report report = subscription.report();
    CHECK(report.at("filter#1").dropped(weir::Drop::filtered) == 2);
    CHECK(report.at("for_each#1").in == 3);
    CHECK(report.at("for_each#1").passed == 3);
}

TEST_CASE("the report of a handler counts what it saw and where it threw") {
    weir::Topic<int> topic;
    auto subscription = topic.subscribe([](int e) {
        if (e == 2) throw std::runtime_error("two");
    });
    topic.publish(1);
    CHECK_THROWS_WITH(topic.publish(2), "two");
    const auto row = subscription.report().at("handler#1");
    CHECK(row.in == 2);
    CHECK(row.passed == 1);
    CHECK(row.held == 1);
    CHECK(weir::Subscription().report().operators.empty());
}

TEST_CASE("a subscriber's exception goes to the publisher after all others have had the event") {
    weir::Topic<int> topic;
    Ints seen;
    const auto a = topic.subscribe([](int) { throw std::runtime_error("the first"); });
    const auto b = topic.subscribe([](int) { throw std::runtime_error("the second"); });
    const auto c = topic.subscribe([&](int e) { seen.push_back(e); });
    CHECK_THROWS_WITH(topic.publish(1), "the first");
    CHECK_THROWS_WITH(topic.publish(2), "the first");
    CHECK(seen == Ints{1, 2});
}

TEST_CASE("what is published inside a handler follows when all have had the event at hand") {
    weir::Topic<int> topic;
    Ints a, b;
    const auto first = topic.subscribe([&](int e) {
        a.push_back(e);
        if (e < 3) {
            topic.publish(e + 1);
            topic.publish(e + 10);
        }
    });
    const auto second = topic.subscribe([&](int e) { b.push_back(e); });
    topic.publish(1);
    CHECK(a == Ints{1, 2, 11, 3, 12});
    CHECK(b == a);
}

TEST_CASE("a handler may publish its own event on for ever so long without using more room") {
    weir::Topic<int> topic;
    int last = 0;
    const auto subscription = topic.subscribe([&](int e) {
        last = e;
        if (e < 200'000) topic.publish(e + 1);
    });
    topic.publish(0);
    CHECK(last == 200'000);
}

TEST_CASE("topics may publish into each other; the answer comes before the question's publish returns") {
    weir::Topic<int> questions, answers;
    Ints seen;
    const auto q = questions.subscribe([&](int e) { answers.publish(e * 2); });
    const auto a = answers.subscribe([&](int e) {
        seen.push_back(e);
        if (e < 8) questions.publish(e);
    });
    questions.publish(1);
    CHECK(seen == Ints{2, 4, 8});
}

TEST_CASE("a handler may subscribe; the new subscriber sees the next event") {
    weir::Topic<int> topic;
    std::vector<weir::Subscription> more;
    Ints seen;
    const auto subscription = topic.subscribe([&](int e) {
        if (e == 1) more.push_back(topic.subscribe([&](int later) { seen.push_back(later); }));
    });
    topic.publish(1);
    topic.publish(2);
    CHECK(seen == Ints{2});
}

TEST_CASE("a handler may end its own subscription; the call at hand is its last") {
    weir::Topic<int> topic;
    Ints seen;
    std::optional<weir::Subscription> subscription;
    const auto captured = std::make_shared<int>(0);
    subscription.emplace(topic.subscribe([&, captured](int e) {
        seen.push_back(e);
        topic.publish(99);
        subscription.reset();
        seen.push_back(*captured);
    }));
    topic.publish(1);
    topic.publish(2);
    CHECK(seen == Ints{1, 0});
    CHECK(captured.use_count() == 1);
    CHECK(topic.subscribers() == 0);
}

TEST_CASE("a handler may end another subscription, which then does not see the event at hand") {
    weir::Topic<int> topic;
    Ints seen;
    std::optional<weir::Subscription> victim;
    const auto killer = topic.subscribe([&](int) { victim.reset(); });
    victim.emplace(topic.subscribe([&](int e) { seen.push_back(e); }));
    topic.publish(1);
    CHECK(seen.empty());
}

TEST_CASE("close ends the chains as a bounded stream does; after it nothing is taken") {
    weir::Topic<int> topic;
    Ints seen, largest;
    const auto plain = topic.subscribe([&](int e) { seen.push_back(e); });
    const auto whole = topic.subscribe(GivesMaxAtTheEnd{} | weir::collect_into(largest));
    topic.publish(3);
    topic.publish(5);
    topic.close();
    topic.close();
    CHECK(largest == Ints{5});
    CHECK_FALSE(topic.publish(6));
    const auto late = topic.subscribe([&](int e) { seen.push_back(e); });
    CHECK(seen == Ints{3, 5});
    CHECK(topic.subscribers() == 0);
}

TEST_CASE("a subscription may outlive its topic") {
    weir::Subscription subscription;
    Ints seen;
    {
        weir::Topic<int> topic;
        subscription = topic.subscribe(weir::collect_into(seen));
        topic.publish(1);
    }
    subscription.end();
    CHECK(seen == Ints{1});
}

TEST_CASE("a subscribed to_queue holds its publisher back until there is room", "[threads]") {
    weir::Topic<int> topic;
    weir::SpscQueue<int> queue{2};
    const auto subscription = topic.subscribe(weir::map([](int e) { return e; }) | weir::to_queue(queue));
    std::thread publisher([&] {
        for (int i = 0; i < 2'000; ++i) topic.publish(i);
        queue.close();
    });
    Ints seen;
    while (const auto event = queue.pop()) seen.push_back(*event);
    publisher.join();
    REQUIRE(seen.size() == 2'000);
    for (int i = 0; i < 2'000; ++i) REQUIRE(seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a subscription sees one event at a time and each publisher's in order, whoever publishes", "[threads]") {
    weir::Topic<std::pair<int, int>> topic;
    constexpr int publishers = 4, each = 5'000;
    std::vector<Ints> last(3, Ints(publishers, -1));
    std::vector<int> total(3, 0); // plain: the sanitizer sees two at a time
    std::vector<weir::Subscription> subscriptions;
    for (std::size_t s = 0; s < 3; ++s)
        subscriptions.push_back(topic.subscribe([&, s](const std::pair<int, int>& event) {
            int& before = last[s][static_cast<std::size_t>(event.first)];
            if (before + 1 == event.second) ++total[s];
            before = event.second;
        }));
    on_threads(publishers, [&](int p) {
        for (int i = 0; i < each; ++i) topic.publish({p, i});
    });
    CHECK(total == std::vector<int>(3, publishers * each));
}

TEST_CASE("when publish returns every subscriber has seen the event, also while others publish", "[threads]") {
    weir::Topic<int> topic;
    std::vector<std::atomic<int>> seen(4);
    const auto subscription = topic.subscribe([&](int p) { seen[static_cast<std::size_t>(p)].fetch_add(1); });
    std::atomic<int> missing{0};
    on_threads(4, [&](int p) {
        for (int i = 1; i <= 2'000; ++i) {
            topic.publish(p);
            if (seen[static_cast<std::size_t>(p)].load() != i) missing.fetch_add(1);
        }
    });
    CHECK(missing == 0);
}

TEST_CASE("threads whose handlers publish into each other's topics do not wait for each other", "[threads]") {
    weir::Topic<int> left, right;
    std::atomic<int> seen{0};
    const auto l = left.subscribe([&](int e) {
        seen.fetch_add(1);
        if (e > 0) right.publish(e - 1);
    });
    const auto r = right.subscribe([&](int e) {
        seen.fetch_add(1);
        if (e > 0) left.publish(e - 1);
    });
    on_threads(4, [&](int p) {
        for (int i = 0; i < 500; ++i) (p % 2 ? left : right).publish(9);
    });
    CHECK(seen == 4 * 500 * 10);
}

TEST_CASE("after a subscription's destructor its handler is not running and not called", "[threads]") {
    weir::Topic<int> topic;
    std::atomic<bool> stop{false};
    std::vector<std::thread> publishers;
    for (int p = 0; p < 2; ++p)
        publishers.emplace_back([&] {
            while (not stop) topic.publish(1);
        });
    for (int round = 0; round < 500; ++round) {
        auto alive = std::make_unique<int>(0); // the sanitizer sees a call after the end
        std::atomic<int> calls{0};
        {
            const auto subscription = topic.subscribe([&, raw = alive.get()](int) {
                ++*raw;
                calls.fetch_add(1);
            });
            while (calls == 0 && round % 2 == 0) std::this_thread::yield();
        }
        alive.reset();
    }
    stop = true;
    for (std::thread& thread : publishers) thread.join();
    CHECK(topic.subscribers() == 0);
}

TEST_CASE("a destructor waits for a call that is in flight on another thread", "[threads]") {
    weir::Topic<int> topic;
    std::atomic<bool> inside{false}, go_on{false}, returned{false};
    auto subscription = std::make_unique<weir::Subscription>(topic.subscribe([&](int) {
        inside = true;
        while (not go_on) std::this_thread::yield();
        returned = true;
    }));
    std::thread publisher([&] { topic.publish(1); });
    while (not inside) std::this_thread::yield();
    std::thread release([&] {
        for (int i = 0; i < 1'000; ++i) std::this_thread::yield();
        go_on = true;
    });
    subscription.reset();
    CHECK(returned);
    publisher.join();
    release.join();
}

TEST_CASE("subscribing, ending, publishing and reporting from all sides", "[threads]") {
    weir::Topic<int> topic;
    std::atomic<int> seen{0};
    const auto forever = topic.subscribe([&](int e) {
        seen.fetch_add(1);
        if (e == 7) topic.publish(8);
    });
    on_threads(4, [&](int p) {
        for (int i = 0; i < 300; ++i) {
            auto mine = topic.subscribe(weir::filter([](int e) { return e != 8; }) | weir::for_each([&](int) {}));
            topic.publish(p == 0 ? 7 : 1);
            if (mine.report().at("filter#1").in == 0) seen.fetch_add(1'000'000); // its own event at least
            static_cast<void>(topic.subscribers());
        }
    });
    CHECK(seen == 4 * 300 + 300);
    CHECK(topic.subscribers() == 1);
}

} // namespace
