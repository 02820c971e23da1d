// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "queue/types.hpp"

#include <weir/core/concepts.hpp>

#include <array>
#include <deque>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr auto past = std::chrono::steady_clock::time_point::min();

// Catch's templated tests want templates with one parameter.
template <typename T>
using Spsc = weir::SpscQueue<T>;
template <typename T>
using Mpsc = weir::MpscQueue<T>;
template <typename T>
using Mpmc = weir::MpmcQueue<T>;

template <typename Queue>
std::vector<int> drained(Queue& queue) {
    std::vector<int> out;
    while (auto event = queue.try_pop()) out.push_back(*event);
    return out;
}

std::vector<int> numbers(int from, int to) {
    std::vector<int> out(static_cast<std::size_t>(to - from));
    std::iota(out.begin(), out.end(), from);
    return out;
}

} // namespace

#define ALL_QUEUES(T) Spsc<T>, Mpsc<T>, Mpmc<T>

TEMPLATE_TEST_CASE("a queue gives what was put in, in order, also after it was closed", "", ALL_QUEUES(int)) {
    static_assert(weir::EventQueue<TestType> && weir::WaitingQueue<TestType>);
    static_assert(not std::is_copy_constructible_v<TestType> && not std::is_move_constructible_v<TestType>);
    TestType queue{4};
    CHECK(queue.empty());
    CHECK(queue.push(1));
    CHECK(queue.try_push(2));
    CHECK(queue.pop() == 1);
    CHECK(queue.push(3));
    CHECK(queue.size() == 2);
    CHECK_FALSE(queue.closed());
    queue.close();
    queue.close();
    CHECK(queue.closed());
    CHECK_FALSE(queue.push(4));
    CHECK_FALSE(queue.try_push(4));
    CHECK(queue.pop() == 2);
    CHECK(queue.try_pop() == 3);
    CHECK(queue.pop() == std::nullopt);
    CHECK(queue.try_pop() == std::nullopt);
    CHECK(queue.dropped() == 0);
}

TEMPLATE_TEST_CASE("any capacity is kept exactly, lap after lap", "", ALL_QUEUES(int)) {
    for (const std::size_t capacity : {1U, 2U, 3U, 5U, 7U, 8U, 63U, 64U, 65U, 1000U}) {
        TestType queue{capacity};
        CHECK(queue.capacity() == capacity);
        int next_in = 0, next_out = 0;
        for (int lap = 0; lap < 5; ++lap) {
            while (queue.try_push(next_in)) ++next_in;
            REQUIRE(queue.size() == capacity);
            REQUIRE(static_cast<std::size_t>(next_in - next_out) == capacity);
            REQUIRE(queue.try_pop() == next_out++);
            REQUIRE(queue.size() == capacity - 1);
            REQUIRE(queue.try_push(next_in++));
            for (std::size_t i = 0; i < (capacity + 1) / 2; ++i) REQUIRE(queue.try_pop() == next_out++);
        }
    }
}

TEMPLATE_TEST_CASE("a queue refuses a capacity of nothing and one beyond memory", "", ALL_QUEUES(int)) {
    CHECK_THROWS_AS(TestType{0}, std::invalid_argument);
    CHECK_THROWS_AS(TestType{SIZE_MAX}, std::length_error);
    CHECK_THROWS_WITH(TestType{SIZE_MAX}, Catch::Contains(std::to_string(SIZE_MAX)));
}

TEMPLATE_TEST_CASE("what does not go in by try_push stays untouched", "", ALL_QUEUES(std::unique_ptr<int>)) {
    TestType queue{1};
    CHECK(queue.push(std::make_unique<int>(1)));
    auto event = std::make_unique<int>(2);
    CHECK_FALSE(queue.try_push(event));
    CHECK_FALSE(queue.try_push(std::move(event)));
    REQUIRE(event);
    std::array<std::unique_ptr<int>, 2> batch{std::make_unique<int>(3), std::make_unique<int>(4)};
    CHECK(queue.push_batch(batch, 0ms) == 0);
    CHECK(**queue.pop() == 1);
    CHECK(queue.push_batch(batch, 0ms) == 1);
    CHECK_FALSE(batch[0]);
    CHECK(*batch[1] == 4);
    queue.close();
    CHECK_FALSE(queue.try_push(event));
    CHECK(*event == 2);
    CHECK(queue.push_batch(std::span(batch).subspan(1)) == 0);
    CHECK(*batch[1] == 4);
}

TEMPLATE_TEST_CASE("a push and a pop with a limit give up at it", "", ALL_QUEUES(int)) {
    TestType queue{1};
    CHECK(queue.pop(0ms) == std::nullopt);
    CHECK(queue.pop(1us) == std::nullopt);
    CHECK(queue.pop(-1h) == std::nullopt);
    std::array<int, 2> out{};
    CHECK(queue.pop_batch(out, 1us) == 0);
    CHECK(queue.push(1, std::chrono::hours::max()));
    CHECK_FALSE(queue.push(2, 0ns));
    CHECK_FALSE(queue.push(2, std::chrono::duration<double>(1e-6)));
    CHECK_FALSE(queue.push_until(2, {}, past));
    CHECK_FALSE(queue.wait_writable({}, past));
    CHECK(queue.pop(std::chrono::hours::max()) == 1);
    CHECK_FALSE(queue.wait_readable({}, past));

    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(queue.wait_readable(stop.get_token()));
    CHECK(queue.pop_until(stop.get_token(), weir::no_deadline).state() == weir::Polled<int>::State::nothing);
    CHECK(queue.push_until(3, stop.get_token(), past)); // there is room, so nothing to wait for
    CHECK_FALSE(queue.push_until(4, stop.get_token(), weir::no_deadline));
    CHECK(queue.dropped() == 0);
}

TEMPLATE_TEST_CASE("pop_until tells an event from nothing and from the end", "", ALL_QUEUES(int)) {
    TestType queue{2};
    CHECK(queue.pop_until({}, past).state() == weir::Polled<int>::State::nothing);
    queue.push(7);
    queue.close();
    auto polled = queue.pop_until({}, past);
    REQUIRE(polled);
    CHECK(*polled == 7);
    CHECK(queue.pop_until({}, weir::no_deadline).has_ended());
    CHECK(queue.wait_readable({}, past)); // the end is something to read
    CHECK(queue.wait_writable({}, past));
}

TEMPLATE_TEST_CASE("batches keep the order over the end of the ring", "", ALL_QUEUES(int)) {
    TestType queue{5};
    std::vector<int> in = numbers(0, 100);
    std::vector<int> out;
    std::array<int, 3> got{};
    CHECK(queue.pop_batch(std::span<int>{}) == 0);
    CHECK(queue.try_pop_batch(got) == 0);
    for (std::size_t at = 0; at < in.size();) {
        at += queue.push_batch(std::span(in).subspan(at, std::min<std::size_t>(4, in.size() - at)), 0ms);
        const std::size_t n = queue.pop_batch(got);
        REQUIRE((n >= 1 && n <= 3));
        out.insert(out.end(), got.begin(), got.begin() + static_cast<std::ptrdiff_t>(n));
    }
    queue.close();
    while (const std::size_t n = queue.pop_batch(got)) out.insert(out.end(), got.begin(), got.begin() + static_cast<std::ptrdiff_t>(n));
    CHECK(out == numbers(0, 100));
}

TEMPLATE_TEST_CASE("a queue behaves as a bounded std::deque does", "", ALL_QUEUES(int)) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        const std::size_t capacity = 1 + random() % 9;
        TestType queue{capacity};
        std::deque<int> model;
        int next = 0;
        for (int step = 0; step < 200; ++step) {
            switch (random() % 4) {
            case 0: {
                const bool room = model.size() < capacity;
                REQUIRE(queue.try_push(next) == room);
                if (room) model.push_back(next++);
                break;
            }
            case 1: {
                const auto event = queue.try_pop();
                REQUIRE(event.has_value() == not model.empty());
                if (event) REQUIRE(*event == model.front());
                if (event) model.pop_front();
                break;
            }
            case 2: {
                std::vector<int> batch = numbers(next, next + static_cast<int>(random() % 12));
                const std::size_t in = queue.push_batch(batch, 0ms);
                REQUIRE(in == std::min(batch.size(), capacity - model.size()));
                for (std::size_t i = 0; i < in; ++i) model.push_back(next++);
                break;
            }
            default: {
                std::vector<int> out(random() % 12);
                const std::size_t n = queue.try_pop_batch(out);
                REQUIRE(n == std::min(out.size(), model.size()));
                REQUIRE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n), model.begin()));
                model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(n));
            }
            }
            REQUIRE(queue.size() == model.size());
            REQUIRE(queue.empty() == model.empty());
        }
        REQUIRE(drained(queue) == std::vector<int>(model.begin(), model.end()));
    }
}

TEMPLATE_TEST_CASE("a queue closed during a push has not ended before that push is through", "", ALL_QUEUES(test::Hooked)) {
    using Polled = weir::Polled<test::Hooked>;
    TestType queue{2};
    auto state = Polled::State::event;
    bool came_too_late = true;
    test::Hooked event(1);
    event.while_moved = [&] {
        queue.close();
        came_too_late = queue.closed() && queue.wait_readable({}, past);
        state = queue.pop_until({}, past).state();
    };
    CHECK(queue.try_push(event));
    CHECK_FALSE(came_too_late);
    CHECK(state == Polled::State::nothing);
    CHECK(queue.pop()->value == 1);
    CHECK(queue.pop_until({}, past).has_ended());
}

TEMPLATE_TEST_CASE("large, over-aligned events arrive whole", "", ALL_QUEUES(test::Large)) {
    TestType queue{3};
    for (int i = 0; i < 10; ++i) {
        queue.push(test::Large(i));
        const test::Large again(i + 100);
        queue.push(again);
        CHECK(queue.pop()->is(i));
        std::array<test::Large, 2> out;
        REQUIRE(queue.pop_batch(out) == 1);
        CHECK(out[0].is(i + 100));
    }
}

TEMPLATE_TEST_CASE("a move that throws costs that event and no other", "", ALL_QUEUES(test::Tracked)) {
    using test::Tracked;
    for (int fails_at = 1; fails_at < 40; ++fails_at) {
        {
            TestType queue{3};
            int pushed = 0, popped = 0, thrown = 0, last = -1;
            Tracked::throws_in = fails_at;
            for (int i = 0; i < 12; i += 3) {
                try {
                    Tracked first(i);
                    if (queue.try_push(first)) ++pushed;
                } catch (const std::runtime_error&) { ++thrown; }
                std::vector<Tracked> batch;
                batch.reserve(2);
                batch.emplace_back(i + 1);
                batch.emplace_back(i + 2);
                const std::size_t before = queue.size();
                try {
                    pushed += static_cast<int>(queue.push_batch(batch, 0ms));
                } catch (const std::runtime_error&) {
                    ++thrown;
                    // A hole takes a place in the rings with several producers until it comes to be popped.
                    pushed += static_cast<int>(queue.size() - before);
                    if constexpr (not std::is_same_v<TestType, Spsc<Tracked>>) --pushed;
                }
                try {
                    if (auto event = queue.try_pop()) {
                        ++popped;
                        CHECK(event->value > last);
                        last = event->value;
                    }
                } catch (const std::runtime_error&) { ++thrown, ++popped; }
                std::vector<Tracked> out;
                out.reserve(2);
                out.emplace_back(-1);
                out.emplace_back(-1);
                try {
                    const std::size_t n = queue.try_pop_batch(out);
                    popped += static_cast<int>(n);
                    for (std::size_t k = 0; k < n; ++k) {
                        CHECK(out[k].value > last);
                        last = out[k].value;
                    }
                } catch (const std::runtime_error&) {
                    ++thrown, ++popped;
                    if (out[0].value > last) last = out[0].value, ++popped; // it came out before the one that threw
                }
            }
            Tracked::throws_in = 0;
            while (auto event = queue.try_pop()) ++popped;
            CHECK(thrown <= 1);
            CHECK(pushed == popped);
            CHECK(queue.size() == 0);
            CHECK(Tracked::living == 0);
            queue.push(Tracked(1));
            CHECK(Tracked::living == 1);
        }
        CHECK(Tracked::living == 0); // what is left is destroyed with the queue
    }
}

TEMPLATE_TEST_CASE("a copy that throws leaves the queue as it was", "", ALL_QUEUES(test::Tracked)) {
    TestType queue{2};
    const test::Tracked event(5);
    test::Tracked::throws_in = 1;
    CHECK_THROWS_AS(queue.push(event), std::runtime_error);
    CHECK(queue.push(event));
    CHECK(queue.pop()->value == 5);
    queue.close();
    CHECK_FALSE(queue.pop().has_value());
}

TEMPLATE_TEST_CASE("a listener is called once, when there is something to read or to write", "", ALL_QUEUES(int)) {
    TestType queue{1};
    int calls = 0;
    const auto count = [](void* to) { ++*static_cast<int*>(to); };

    CHECK_FALSE(queue.notify_writable(count, &calls)); // there is room now
    CHECK(queue.notify_readable(count, &calls));
    CHECK(calls == 0);
    queue.push(1);
    CHECK(calls == 1);
    CHECK_FALSE(queue.notify_readable(count, &calls));
    CHECK(queue.notify_writable(count, &calls));
    CHECK(queue.pop() == 1);
    CHECK(calls == 2);
    queue.push(2);
    CHECK(queue.pop() == 2);
    CHECK(calls == 2);

    CHECK(queue.notify_readable(count, &calls));
    queue.cancel_notify_readable();
    queue.push(3);
    CHECK(calls == 2);
    CHECK(queue.pop() == 3);

    CHECK(queue.notify_readable(count, &calls));
    queue.close();
    CHECK(calls == 3);
    CHECK_FALSE(queue.notify_readable(count, &calls));
    CHECK_FALSE(queue.notify_writable(count, &calls));
}

TEMPLATE_TEST_CASE("a push and a pop that need not wait take no lock", "", (weir::SpscQueue<int, test::CountingLocks>),
                   (weir::MpscQueue<int, test::CountingLocks>), (weir::MpmcQueue<int, test::CountingLocks>)) {
    TestType queue{8};
    std::array<int, 4> batch{};
    test::CountingMutex::locks = 0;
    for (int i = 0; i < 100; ++i) {
        queue.push(i);
        queue.try_push(i);
        queue.push_batch(batch);
        queue.pop();
        queue.try_pop();
        queue.pop_batch(batch);
    }
    CHECK(test::CountingMutex::locks == 0);
    queue.close();
    CHECK(test::CountingMutex::locks != 0); // the counter counts
}
