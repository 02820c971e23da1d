// SPDX-License-Identifier: BSL-1.0
#include <weir/core/concepts.hpp>

#include "catch.hpp"
#include "source/user_queue.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace {

using Deadline = std::chrono::steady_clock::time_point;

// The smallest model of each concept, and beside it what is nearly one.

struct Source {
    using event_type = int;
    std::optional<int> next() { return 1; }
};
struct SourceOfMoveOnly {
    using event_type = std::unique_ptr<int>;
    std::optional<event_type> next() { return nullptr; }
};
struct SourceWithoutType {
    std::optional<int> next() { return 1; }
};
struct SourceOfOtherType {
    using event_type = int;
    std::optional<long> next() { return 1; }
};
struct SourceWithoutEnd {
    using event_type = int;
    int next() { return 1; }
};

TEST_CASE("an EventSource has event_type and next() -> optional of it") {
    STATIC_REQUIRE(weir::EventSource<Source>);
    STATIC_REQUIRE(weir::EventSource<SourceOfMoveOnly>);
    STATIC_REQUIRE_FALSE(weir::EventSource<SourceWithoutType>);
    STATIC_REQUIRE_FALSE(weir::EventSource<SourceOfOtherType>);
    STATIC_REQUIRE_FALSE(weir::EventSource<SourceWithoutEnd>);
    STATIC_REQUIRE_FALSE(weir::EventSource<const Source>); // next() changes it
    STATIC_REQUIRE_FALSE(weir::EventSource<int>);
}

struct Polling {
    using event_type = int;
    weir::Polled<int> poll() { return 1; }
};
struct PollingWithClock {
    using event_type = int;
    weir::Polled<int> poll(weir::Timestamp) { return 1; }
};
struct PollingOptional {
    using event_type = int;
    std::optional<int> poll() { return 1; }
};

TEST_CASE("a PollingSource has poll() or poll(now) -> Polled") {
    STATIC_REQUIRE(weir::PollingSource<Polling>);
    STATIC_REQUIRE(weir::PollingSource<PollingWithClock>);
    STATIC_REQUIRE_FALSE(weir::PollingSource<PollingOptional>);
    STATIC_REQUIRE_FALSE(weir::PollingSource<Source>);
    STATIC_REQUIRE_FALSE(weir::EventSource<Polling>);
}

struct Waiting {
    using event_type = int;
    weir::Polled<int> next(std::stop_token, Deadline) { return 1; }
};
struct WaitingWithoutDeadline {
    using event_type = int;
    weir::Polled<int> next(std::stop_token) { return 1; }
};

TEST_CASE("a WaitingSource has next(stop, deadline) -> Polled") {
    STATIC_REQUIRE(weir::WaitingSource<Waiting>);
    STATIC_REQUIRE_FALSE(weir::WaitingSource<WaitingWithoutDeadline>);
    STATIC_REQUIRE_FALSE(weir::WaitingSource<Source>);
}

struct Positioned {
    std::size_t position() const { return 0; }
    void seek(std::size_t) {}
};
struct PositionedOneWay {
    std::size_t position() const { return 0; }
};
struct PositionChanges {
    std::size_t position() { return 0; }
    void seek(std::size_t) {}
};
struct PositionNotSeekable {
    std::size_t position() const { return 0; }
    void seek(std::string) {}
};

TEST_CASE("a PositionedSource has position() const and seek(of that)") {
    STATIC_REQUIRE(weir::PositionedSource<Positioned>);
    STATIC_REQUIRE_FALSE(weir::PositionedSource<PositionedOneWay>);
    STATIC_REQUIRE_FALSE(weir::PositionedSource<PositionChanges>);
    STATIC_REQUIRE_FALSE(weir::PositionedSource<PositionNotSeekable>);
}

struct Splittable {
    std::vector<Splittable> split(std::size_t) && { return {}; }
};
struct SplitsIntoOthers {
    std::vector<int> split(std::size_t) && { return {}; }
};

TEST_CASE("a SplittableSource has split(n) && -> parts of its own kind") {
    STATIC_REQUIRE(weir::SplittableSource<Splittable>);
    STATIC_REQUIRE_FALSE(weir::SplittableSource<SplitsIntoOthers>);
    STATIC_REQUIRE_FALSE(weir::SplittableSource<Source>);
}

struct Split : Source {
    int id() const { return 0; }
};
struct Dynamic {
    using split_type = Split;
    weir::SplitChanges<Split, int> changes() { return {}; }
};
struct DynamicOfNameless {
    using split_type = Source;
    weir::SplitChanges<Source, int> changes() { return {}; }
};
struct DynamicOfInts {
    using split_type = int;
    weir::SplitChanges<int, int> changes() { return {}; }
};
struct DynamicOnlyAdds {
    using split_type = Split;
    std::vector<Split> changes() { return {}; }
};

TEST_CASE("a DynamicSource has split_type, a source with an id, and changes() -> added and removed") {
    STATIC_REQUIRE(weir::DynamicSource<Dynamic>);
    STATIC_REQUIRE_FALSE(weir::DynamicSource<DynamicOfNameless>);
    STATIC_REQUIRE_FALSE(weir::DynamicSource<DynamicOfInts>);
    STATIC_REQUIRE_FALSE(weir::DynamicSource<DynamicOnlyAdds>);
    STATIC_REQUIRE_FALSE(weir::DynamicSource<Source>);
}

struct QueueWithoutClose : source_test::UserQueue<int> {
    void close() = delete;
};
struct QueueThatWaits : source_test::UserQueue<int> {
    weir::Polled<int> pop_until(std::stop_token, Deadline) { return 1; }
};
struct QueueThatPopsPlain : source_test::UserQueue<int> {
    int pop() { return 1; }
};

TEST_CASE("an EventQueue has push, try_push, pop, try_pop, pop_batch, close, size, capacity; a WaitingQueue pop_until as well") {
    STATIC_REQUIRE(weir::EventQueue<source_test::UserQueue<int>>);
    STATIC_REQUIRE(weir::EventQueue<source_test::UserQueue<std::unique_ptr<int>>>);
    STATIC_REQUIRE(weir::EventQueue<QueueThatWaits>);
    STATIC_REQUIRE(weir::WaitingQueue<QueueThatWaits>);
    STATIC_REQUIRE_FALSE(weir::WaitingQueue<source_test::UserQueue<int>>);
    STATIC_REQUIRE_FALSE(weir::EventQueue<QueueWithoutClose>);
    STATIC_REQUIRE_FALSE(weir::EventQueue<QueueThatPopsPlain>);
    STATIC_REQUIRE_FALSE(weir::EventQueue<std::vector<int>>);
}

struct Handler {
    void on_event(const int&) {}
};
struct TakesStrings {
    void on_event(std::string) {}
};

TEST_CASE("an EventHandler has on_event(E) or is a function of E, also behind std::ref") {
    struct Row {
        int field;
        int method() const { return field; }
    };
    const auto lambda = [](int) {};
    STATIC_REQUIRE(weir::EventHandler<Handler, int>);
    STATIC_REQUIRE(weir::EventHandler<Handler, const int&>);
    STATIC_REQUIRE(weir::EventHandler<std::reference_wrapper<Handler>, int>);
    STATIC_REQUIRE(weir::EventHandler<decltype(lambda), int>);
    STATIC_REQUIRE(weir::EventHandler<void (*)(int), int>);
    STATIC_REQUIRE(weir::EventHandler<decltype(&Row::field), Row>);
    STATIC_REQUIRE(weir::EventHandler<decltype(&Row::method), const Row&>);
    STATIC_REQUIRE_FALSE(weir::EventHandler<TakesStrings, int>);
    STATIC_REQUIRE_FALSE(weir::EventHandler<void (*)(int&), int>); // an event is not the handler's to change in place
    STATIC_REQUIRE_FALSE(weir::EventHandler<int, int>);
}

TEST_CASE("std::ref means the user's own, anything else a copy") {
    Handler mine;
    auto by_reference = std::ref(mine);
    Handler copy = mine;
    CHECK(&weir::unwrap(by_reference) == &mine);
    CHECK(&weir::unwrap(copy) == &copy);
    STATIC_REQUIRE(std::is_same_v<weir::unwrapped_t<std::reference_wrapper<Handler>>, Handler>);
    STATIC_REQUIRE(std::is_same_v<weir::unwrapped_t<const Handler&>, Handler>);
}

struct Batches {
    using event_type = int;
    std::span<int> next_batch() { return {}; }
};
struct ConstBatches {
    using event_type = int;
    std::span<const int> next_batch() { return {}; }
};
struct BatchesOfVectors {
    using event_type = int;
    std::vector<int> next_batch() { return {}; }
};
struct BatchesOfOthers {
    using event_type = long;
    std::span<int> next_batch() { return {}; }
};

TEST_CASE("a BatchSource has event_type and next_batch() -> span of it, const or not") {
    STATIC_REQUIRE(weir::BatchSource<Batches>);
    STATIC_REQUIRE(weir::BatchSource<ConstBatches>);
    STATIC_REQUIRE_FALSE(weir::BatchSource<BatchesOfVectors>);
    STATIC_REQUIRE_FALSE(weir::BatchSource<BatchesOfOthers>);
    STATIC_REQUIRE_FALSE(weir::BatchSource<Source>);
}

struct Processor {
    void process(std::span<int>) {}
};
struct ConstProcessor {
    int process(std::span<const int>) { return 0; }
};

TEST_CASE("a BatchProcessor has process(span) or is a function of a span, also behind std::ref") {
    const auto lambda = [](std::span<const int> batch) { return batch.size(); };
    const auto of_one = [](int) {};
    STATIC_REQUIRE(weir::BatchProcessor<Processor, int>);
    STATIC_REQUIRE(weir::BatchProcessor<std::reference_wrapper<Processor>, int>);
    STATIC_REQUIRE(weir::BatchProcessor<ConstProcessor, int>);
    STATIC_REQUIRE(weir::BatchProcessor<ConstProcessor, const int>);
    STATIC_REQUIRE(weir::BatchProcessor<decltype(lambda), int>);
    STATIC_REQUIRE_FALSE(weir::BatchProcessor<Processor, const int>);
    STATIC_REQUIRE_FALSE(weir::BatchProcessor<decltype(of_one), int>);
    STATIC_REQUIRE_FALSE(weir::BatchProcessor<Handler, int>);
}

} // namespace
