// SPDX-License-Identifier: BSL-1.0
#include <weir/source/from.hpp>
#include <weir/testing/manual_clock.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "source/user_queue.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <forward_list>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Ints = std::vector<int>;
using Deadline = std::chrono::steady_clock::time_point;

template <typename Pipeline>
inline constexpr weir::Traits traits_of = std::remove_cvref_t<Pipeline>::stream::traits;
template <typename Pipeline>
using event_of = typename std::remove_cvref_t<Pipeline>::stream::event;

template <typename Source>
auto all_of(Source&& source) {
    auto pipeline = weir::from(std::forward<Source>(source));
    std::vector<event_of<decltype(pipeline)>> seen;
    weir::run(std::move(pipeline) | weir::collect_into(seen));
    return seen;
}

// --- ranges

TEST_CASE("from gives the elements of any range in order") {
    CHECK(all_of(Ints{1, 2, 3}) == Ints{1, 2, 3});
    CHECK(all_of(std::list<int>{1, 2}) == Ints{1, 2});
    CHECK(all_of(std::forward_list<int>{1, 2}) == Ints{1, 2});
    CHECK(all_of(std::deque<int>{1, 2}) == Ints{1, 2});
    CHECK(all_of(std::array<int, 2>{1, 2}) == Ints{1, 2});
    CHECK(all_of(Ints{}).empty());
    CHECK(all_of(std::list<int>{}).empty());
    Ints listed;
    weir::run(weir::from({1, 2, 3}) | weir::collect_into(listed));
    CHECK(listed == Ints{1, 2, 3});
    int plain[]{4, 5};
    CHECK(all_of(plain) == Ints{4, 5});
    CHECK(all_of(std::span<const int>(plain)) == Ints{4, 5});
    const std::map<int, std::string> by_key{{1, "one"}, {2, "two"}};
    CHECK(all_of(by_key) == std::vector<std::pair<const int, std::string>>{{1, "one"}, {2, "two"}});
}

TEST_CASE("a range longer than a span and a step is given whole") {
    Ints many(100'003);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<int>(i);
    CHECK(all_of(many) == many);
    CHECK(all_of(std::list<int>(many.begin(), many.end())) == many);
}

TEST_CASE("an lvalue range is lent: its events are const and it is never changed") {
    std::vector<std::string> words{"a", "b"};
    STATIC_REQUIRE(traits_of<decltype(weir::from(words))>.lent);
    STATIC_REQUIRE(traits_of<decltype(weir::from(words))>.bounded);
    std::vector<std::string> seen;
    std::vector<const std::string*> where;
    weir::run(weir::from(words) | weir::for_each([&](auto&& word) {
                  STATIC_REQUIRE(std::is_same_v<decltype(word), const std::string&>);
                  where.push_back(&word);
                  seen.push_back(std::move(word));
              }));
    CHECK(words == std::vector<std::string>{"a", "b"});
    CHECK(where == std::vector<const std::string*>{&words[0], &words[1]});

    const std::list<std::string> constant{"c"};
    CHECK(all_of(constant) == std::vector<std::string>{"c"});
    STATIC_REQUIRE(traits_of<decltype(weir::from(constant))>.lent);
}

TEST_CASE("an rvalue range is owned: its events may be moved, and need no copy") {
    std::vector<std::unique_ptr<int>> pointers;
    pointers.push_back(std::make_unique<int>(7));
    auto pipeline = weir::from(std::move(pointers));
    STATIC_REQUIRE_FALSE(traits_of<decltype(pipeline)>.lent);
    std::vector<std::unique_ptr<int>> seen;
    weir::run(std::move(pipeline) | weir::collect_into(seen));
    REQUIRE(seen.size() == 1);
    CHECK(*seen[0] == 7);

    std::list<std::unique_ptr<int>> list;
    list.push_back(std::make_unique<int>(8));
    weir::run(weir::from(std::move(list)) | weir::collect_into(seen));
    CHECK(*seen.at(1) == 8);

    const std::vector<std::string> constant{"kept"};
    const auto chain = weir::for_each([](auto&& word) { STATIC_REQUIRE(std::is_same_v<decltype(word), std::string&&>); });
    weir::run(weir::from(std::vector<std::string>(constant)) | chain);
}

TEST_CASE("elements that exist only while they are looked at are the pipeline's own") {
    const std::vector<bool> bits{true, false, true};
    CHECK(all_of(bits) == std::vector<bool>{true, false, true});
    STATIC_REQUIRE(std::is_same_v<event_of<decltype(weir::from(bits))>, bool>);
    std::vector<bool> mutable_bits{false, true};
    CHECK(all_of(mutable_bits) == std::vector<bool>{false, true});
}

struct Endless { // 0, 1, 2 ... with no reachable end
    struct Iterator {
        using value_type = int;
        using difference_type = std::ptrdiff_t;
        int at = 0;
        int operator*() const { return at; }
        Iterator& operator++() { return ++at, *this; }
        Iterator operator++(int) { return {at++}; }
    };
    Iterator begin() const { return {}; }
    std::unreachable_sentinel_t end() const { return {}; }
};

TEST_CASE("a range without a reachable end is unbounded, and take ends it") {
    STATIC_REQUIRE_FALSE(traits_of<decltype(weir::from(Endless{}))>.bounded);
    Ints seen;
    weir::run(weir::from(Endless{}) | weir::take(3) | weir::collect_into(seen));
    CHECK(seen == Ints{0, 1, 2});
}

struct OnePass { // an input range: what was read is gone
    int* left;
    struct Iterator {
        using value_type = int;
        using difference_type = std::ptrdiff_t;
        int* left;
        int operator*() const { return *left; }
        Iterator& operator++() { return --*left, *this; }
        void operator++(int) { --*left; }
        bool operator==(std::default_sentinel_t) const { return *left == 0; }
    };
    Iterator begin() const { return {left}; }
    std::default_sentinel_t end() const { return {}; }
};

TEST_CASE("a range that can be read only once is read once") {
    int left = 3;
    CHECK(all_of(OnePass{&left}) == Ints{3, 2, 1});
    CHECK(left == 0);
}

TEST_CASE("a range of Event<T> is a stream with event time") {
    const std::vector<weir::Event<int>> timed{{1, weir::Timestamp(5ns)}};
    STATIC_REQUIRE(std::remove_cvref_t<decltype(weir::from(timed))>::stream::timed);
    CHECK(all_of(timed) == timed);
}

// --- event sources

struct Countdown {
    using event_type = int;
    int left = 3;
    std::optional<int> next() { return left > 0 ? std::optional(left--) : std::nullopt; }
};

struct BoundedCountdown : Countdown {
    static constexpr bool bounded = true;
};

TEST_CASE("an EventSource is asked until it gives nullopt; it is unbounded unless it says otherwise") {
    CHECK(all_of(Countdown{}) == Ints{3, 2, 1});
    STATIC_REQUIRE_FALSE(traits_of<decltype(weir::from(Countdown{}))>.bounded);
    STATIC_REQUIRE_FALSE(traits_of<decltype(weir::from(Countdown{}))>.waits);
    STATIC_REQUIRE(traits_of<decltype(weir::from(BoundedCountdown{}))>.bounded);
}

TEST_CASE("a lvalue source is used in place and left where the run left it; an rvalue source goes with its job") {
    Countdown source;
    auto job = weir::from(source) | weir::take(2) | weir::for_each([](int) {});
    weir::run(job);
    CHECK(source.left == 1);
    weir::run(job);
    CHECK(source.left == 0);

    Ints seen;
    auto owning = weir::from(Countdown{}) | weir::collect_into(seen);
    weir::run(owning);
    weir::run(owning); // the job's own source is spent
    CHECK(seen == Ints{3, 2, 1});
    weir::run(weir::from(Countdown{}) | weir::collect_into(seen));
    CHECK(seen == Ints{3, 2, 1, 3, 2, 1});
}

TEST_CASE("what a source throws ends the run, and the events before it were given") {
    struct Fails {
        using event_type = int;
        int left = 2;
        std::optional<int> next() {
            if (left-- == 0) throw std::runtime_error("unplugged");
            return left;
        }
    };
    Ints seen;
    CHECK_THROWS_WITH(weir::run(weir::from(Fails{}) | weir::collect_into(seen)), "unplugged");
    CHECK(seen == Ints{1, 0});
}

struct Script { // answers what it is told to, and notes when it was asked
    using event_type = int;
    using Answer = weir::Polled<int>;
    std::vector<Answer> answers;
    std::vector<weir::Timestamp> asked{};
    std::size_t at = 0;
    Answer poll(weir::Timestamp now) {
        asked.push_back(now);
        return at < answers.size() ? answers[at++] : Answer::ended();
    }
};

TEST_CASE("a job that threw and is run again goes on behind the event that did, with none twice") {
    using Texts = std::vector<std::string>;
    const Texts all{"0", "1", "2", "3", "4"};
    const auto seen_in_two_runs = [](auto&& source, const auto& bad) {
        std::vector<std::remove_cvref_t<decltype(bad)>> seen;
        auto job = weir::from(std::forward<decltype(source)>(source)) | weir::map([bad](auto event) { return event == bad ? throw std::runtime_error("bad") : event; }) |
                   weir::collect_into(seen);
        CHECK_THROWS_WITH(weir::run(job), "bad");
        weir::run(job);
        return seen;
    };
    const Texts others{"0", "1", "3", "4"};
    const std::string bad = "2";
    weir::SpscQueue<std::string> queue{8};
    for (const std::string& text : all) queue.push(text);
    queue.close();
    CHECK(seen_in_two_runs(queue, bad) == others);
    struct OneBatch {
        using event_type = std::string;
        Texts texts;
        bool given = false;
        std::span<std::string> next_batch() { return std::exchange(given, true) ? std::span<std::string>{} : std::span<std::string>(texts); }
    };
    OneBatch one{all};
    CHECK(seen_in_two_runs(one, bad) == others);
    CHECK(seen_in_two_runs(all, bad) == others);
    CHECK(seen_in_two_runs(Texts(all), bad) == others);
    CHECK(seen_in_two_runs(std::list<std::string>(all.begin(), all.end()), bad) == others);
    CHECK(seen_in_two_runs(Ints{0, 1, 2, 3, 4}, 2) == Ints{0, 1, 3, 4});
    Ints many(100, 1), seen; // a filter goes over blocks
    many[70] = 2;
    auto job = weir::from(many) | weir::filter([](int i) { return i == 2 ? throw std::runtime_error("bad") : true; }) | weir::collect_into(seen);
    CHECK_THROWS_WITH(weir::run(job), "bad");
    weir::run(job);
    CHECK(seen == Ints(99, 1));
}

TEST_CASE("a PollingSource is asked again when it said, by the job's clock") {
    using Answer = Script::Answer;
    Script script{{Answer(1), Answer::nothing(10s), Answer(2), Answer::idle(5s), Answer(3)}};
    auto job = weir::from(script) | weir::for_each([](int) {});
    STATIC_REQUIRE(traits_of<decltype(weir::from(script))>.waits);
    weir::ManualClock clock;
    auto stepper = weir::stepper(job, {.clock = &clock});
    while (stepper.step() != weir::Progress::idle) {}
    CHECK(script.at == 2);
    clock.advance(10s);
    while (stepper.step() != weir::Progress::idle) {}
    CHECK(script.at == 4);
    CHECK(script.asked.back() == weir::Timestamp(10s));
    clock.advance(5s);
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(script.asked.size() == 6);
}

struct NotesMarks {
    using kind = weir::OperatorKind;
    std::vector<std::string>* log;
    template <typename S>
    using out = weir::Ended;
    template <typename E, typename Next>
    void on_event(E&& event, Next&) { log->push_back(std::to_string(event)); }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next&) { log->push_back(t == weir::max_time ? "end" : "mark"); }
};

TEST_CASE("a source's watermarks reach the chain in their place") {
    using Answer = Script::Answer;
    std::vector<std::string> log;
    weir::run(weir::from(Script{{Answer(1), Answer::watermark(weir::Timestamp(7ns)), Answer(2)}}) | NotesMarks{&log});
    CHECK(log == std::vector<std::string>{"1", "mark", "2", "end"});
}

struct Waits { // gives an event when somebody puts one in
    using event_type = int;
    weir::SpscQueue<int>* queue;
    weir::Polled<int> next(std::stop_token stop, Deadline deadline) { return queue->pop_until(stop, deadline); }
};

TEST_CASE("a WaitingSource is slept on, woken by its event, its end or a stop", "[threads]") {
    weir::SpscQueue<int> queue{4};
    Ints seen;
    weir::Job job = weir::start(weir::from(Waits{&queue}) | weir::collect_into(seen));
    for (int i = 0; i < 100; ++i) queue.push(i);
    queue.close();
    job.wait();
    CHECK(seen.size() == 100);

    weir::SpscQueue<int> silent{4};
    weir::Job waiting = weir::start(weir::from(Waits{&silent}) | weir::for_each([](int) {}));
    waiting.stop();
    waiting.wait();
    CHECK_FALSE(waiting.running());
}

// --- batch sources

template <typename E>
struct Batches {
    using event_type = std::remove_const_t<E>;
    std::vector<std::vector<event_type>> batches;
    std::size_t at = 0;
    std::span<E> next_batch() {
        if (at == batches.size()) return {};
        return batches[at++];
    }
};

TEST_CASE("a BatchSource gives the events of its batches; bounded; lent where they are const") {
    using Strings = std::vector<std::string>;
    CHECK(all_of(Batches<int>{{{1, 2}, {3}}}) == Ints{1, 2, 3});
    CHECK(all_of(Batches<const int>{{{1, 2}, {3}}}) == Ints{1, 2, 3});
    STATIC_REQUIRE(traits_of<decltype(weir::from(Batches<int>{}))>.bounded);
    STATIC_REQUIRE_FALSE(traits_of<decltype(weir::from(Batches<int>{}))>.lent);
    STATIC_REQUIRE(traits_of<decltype(weir::from(Batches<const int>{}))>.lent);

    Batches<std::string> source{{{"a", "b"}}};
    Strings seen;
    weir::run(weir::from(source) | weir::for_each([&](std::string&& word) { seen.push_back(std::move(word)); }));
    CHECK(seen == Strings{"a", "b"});
    CHECK(source.batches[0] == Strings{"", ""}); // lent to be moved from
    Batches<const std::string> constant{{{"a", "b"}}};
    CHECK(all_of(constant) == Strings{"a", "b"});
    CHECK(constant.batches[0] == Strings{"a", "b"});
}

TEST_CASE("what take leaves of a batch is left in the source's hands") {
    Batches<int> source{{{1, 2, 3}, {4}}};
    Ints seen;
    weir::run(weir::from(source) | weir::take(2) | weir::collect_into(seen));
    CHECK(seen == Ints{1, 2});
    CHECK(source.at == 1);
}

// --- queues

TEST_CASE("a queue is read until it is closed and empty; it is left open by a stop") {
    weir::MpscQueue<int> queue{8};
    for (int i = 0; i < 5; ++i) queue.push(i);
    queue.close();
    CHECK(all_of(queue) == Ints{0, 1, 2, 3, 4});
    STATIC_REQUIRE_FALSE(traits_of<decltype(weir::from(queue))>.bounded);

    weir::MpscQueue<int> open{8};
    weir::Job job = weir::start(weir::from(open) | weir::for_each([](int) {}));
    job.stop();
    job.wait();
    CHECK_FALSE(open.closed());
    CHECK(open.push(1));
}

TEST_CASE("take leaves in the queue what it does not take") {
    weir::SpscQueue<int> queue{8};
    for (int i = 0; i < 5; ++i) queue.push(i);
    Ints seen;
    weir::run(weir::from(queue) | weir::take(2) | weir::collect_into(seen));
    CHECK(seen == Ints{0, 1});
    CHECK(queue.size() == 3);
    CHECK(*queue.try_pop() == 2);
}

TEST_CASE("the least that is an EventQueue is read to its end", "[threads]") {
    source_test::UserQueue<int> queue(2);
    std::thread producer([&] {
        for (int i = 0; i < 500; ++i) queue.push(i);
        queue.close();
    });
    const Ints seen = all_of(queue);
    producer.join();
    REQUIRE(seen.size() == 500);
    CHECK(seen.front() == 0);
    CHECK(seen.back() == 499);
}

// --- what is asked first, and what is passed on

struct QueueAndRange : weir::SpscQueue<int> {
    using weir::SpscQueue<int>::SpscQueue;
    const int* begin() const { return nullptr; }
    const int* end() const { return nullptr; }
};
struct BatchesAndEvents : Batches<int> {
    std::optional<int> next() { return std::nullopt; }
};
struct EventsAndRange : Countdown {
    const int* begin() const { return nullptr; }
    const int* end() const { return nullptr; }
};

TEST_CASE("from asks in the order EventQueue, BatchSource, EventSource, range") {
    QueueAndRange queue{4};
    queue.push(1);
    queue.close();
    CHECK(all_of(queue) == Ints{1});
    CHECK(all_of(BatchesAndEvents{{{{1, 2}}}}) == Ints{1, 2});
    CHECK(all_of(EventsAndRange{}) == Ints{3, 2, 1});
}

TEST_CASE("what begins a pipeline already stays as it is") {
    auto begun = weir::from(Ints{1, 2}) | weir::map([](int e) { return e * 2; });
    Ints seen;
    weir::run(weir::from(begun) | weir::collect_into(seen));
    weir::run(weir::from(weir::from(Ints{5})) | weir::collect_into(seen));
    CHECK(seen == Ints{2, 4, 5});

    struct Makes {
        auto pipeline() const { return weir::from(Ints{9}); }
    };
    weir::run(weir::from(Makes{}) | weir::collect_into(seen));
    CHECK(seen == Ints{2, 4, 5, 9});
}

} // namespace
