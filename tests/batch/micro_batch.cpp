// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using weir::Event;
using weir::Timestamp;

namespace {

using Ints = std::vector<int>;
constexpr auto copy_of = [](std::span<int> batch) { return Ints(batch.begin(), batch.end()); };

std::vector<Ints> batches_of(const Ints& events, std::size_t size) {
    std::vector<Ints> batches;
    weir::run(weir::from(events) | weir::micro_batch(size) | weir::map(copy_of) | weir::collect_into(batches));
    return batches;
}

/// What an operator sends on, signals included, as text.
struct Trace {
    using kind = weir::OperatorKind;
    std::vector<std::string>* lines;

    template <typename S>
    using out = weir::Ended;
    template <typename E, typename Next>
    void on_event(const E& event, Next&) {
        std::string text;
        for (const int x : weir::value_of(event)) text += std::to_string(x) + ' ';
        if constexpr (weir::is_timed<E>) text += "at " + seconds(event.time);
        lines->push_back(text);
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        lines->push_back("mark " + (t == weir::max_time ? std::string("end") : seconds(t)));
        next.on_watermark(t);
    }
    static std::string seconds(Timestamp t) { return std::to_string(t.time_since_epoch() / 1s); }
};

Timestamp at(int s) { return Timestamp(std::chrono::seconds(s)); }

TEST_CASE("every batch has exactly the size, the last has the rest") {
    CHECK(batches_of({1, 2, 3, 4, 5, 6, 7}, 3) == std::vector<Ints>{{1, 2, 3}, {4, 5, 6}, {7}});
    CHECK(batches_of({1, 2, 3, 4}, 2) == std::vector<Ints>{{1, 2}, {3, 4}});
    CHECK(batches_of({1}, 1000) == std::vector<Ints>{{1}});
    CHECK(batches_of({}, 3).empty());
    Ints many(10'000);
    for (int i = 0; i < 10'000; ++i) many[static_cast<std::size_t>(i)] = i;
    const auto batches = batches_of(many, 1024);
    REQUIRE(batches.size() == 10);
    Ints again;
    for (const Ints& batch : batches) again.insert(again.end(), batch.begin(), batch.end());
    CHECK(again == many);
}

TEST_CASE("a batch has the time of its latest event, and the last mark of its events follows it") {
    weir::TestStream<int> script;
    script.event(1, at(10)).event(2, at(12)).watermark(at(7)).event(3, at(11)).watermark(at(8)).event(4, at(14)).watermark(at(9)).watermark(at(13));
    std::vector<std::string> lines;
    weir::run(weir::from(script) | weir::micro_batch(3) | Trace{&lines});
    CHECK(lines == std::vector<std::string>{"1 2 3 at 12", "mark 7", "mark 8", "4 at 14", "mark end"});
}

TEST_CASE("a batch carries its events' times and the marks between them") {
    weir::TestStream<int> script;
    script.event(1, at(10)).watermark(at(7)).event(2, at(12)).watermark(at(8)).watermark(at(9)).event(3, at(11)).watermark(at(10));
    std::vector<weir::OwnedBatch<int>> batches;
    weir::run(weir::from(script) | weir::micro_batch(3) | weir::collect_into(batches));
    REQUIRE(batches.size() == 1);
    const weir::OwnedBatch<int>& batch = batches[0];
    CHECK(std::vector<Timestamp>(batch.times().begin(), batch.times().end()) == std::vector{at(10), at(12), at(11)});
    CHECK(std::vector<weir::BatchMark>(batch.marks().begin(), batch.marks().end()) ==
          std::vector<weir::BatchMark>{{1, at(7)}, {2, at(9)}});
}

TEST_CASE("move-only events are moved through") {
    std::vector<std::unique_ptr<int>> events;
    for (int i = 0; i < 5; ++i) events.push_back(std::make_unique<int>(i));
    std::vector<std::unique_ptr<int>> out;
    weir::run(weir::from(std::move(events)) | weir::micro_batch(2) | weir::stage() | weir::unbatch() | weir::collect_into(out));
    REQUIRE(out.size() == 5);
    CHECK(*out[4] == 4);
}

struct Lines { // lends each line for one call
    using event_type = std::string_view;
    int left = 5;
    std::string line;
    std::optional<std::string_view> next() {
        if (left == 0) return std::nullopt;
        line = "line " + std::to_string(left--) + " which is longer than a short string";
        return line;
    }
    static constexpr bool bounded = true;
};

TEST_CASE("events that only look at the source's memory are kept in their owned form") {
    std::vector<std::string> out;
    weir::run(weir::from(Lines{}) | weir::micro_batch(2) | weir::unbatch() | weir::map([](std::string s) { return s.substr(0, 6); }) |
              weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"line 5", "line 4", "line 3", "line 2", "line 1"});
}

TEST_CASE("what waits for its batch is held in the report") {
    const Ints events{1, 2, 3, 4, 5};
    Ints sizes;
    auto job = weir::from(events) | weir::micro_batch(3) | weir::for_each([&](std::span<int> b) { sizes.push_back(static_cast<int>(b.size())); });
    auto stepper = weir::stepper(job);
    stepper.step(4);
    const weir::Report report = stepper.report();
    CHECK(report.at("micro_batch#1").in == 4);
    CHECK(report.at("micro_batch#1").held == 1);
    CHECK(report.at("micro_batch#1").passed == 3);
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(stepper.report().at("micro_batch#1").held == 0);
    CHECK(sizes == Ints{3, 2});
}

TEST_CASE("the age limit is kept when no further event comes") {
    weir::SpscQueue<int> queue{16};
    weir::ManualClock clock;
    Ints sizes;
    auto stepper = weir::stepper(weir::from(queue) | weir::micro_batch(10, 5ms) |
                                     weir::for_each([&](std::span<int> b) { sizes.push_back(static_cast<int>(b.size())); }),
                                 {.clock = &clock});
    queue.push(1);
    queue.push(2);
    stepper.step();
    clock.advance(4ms);
    queue.push(3);
    stepper.step();
    CHECK(sizes.empty());
    clock.advance(1ms);
    stepper.step();
    CHECK(sizes == Ints{3});
    clock.advance(1h);
    stepper.step();
    CHECK(sizes == Ints{3});
    queue.push(4);
    queue.close();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(sizes == Ints{3, 1});
}

TEST_CASE("max_bytes cuts in a pipeline as well") {
    const std::vector<std::string> events{"aaaa", "bbbb", "cc", "dddddddddd", "e"};
    std::vector<std::size_t> sizes;
    weir::run(weir::from(events) | weir::micro_batch({.max_bytes = 10}) | weir::for_each([&](std::span<std::string> b) { sizes.push_back(b.size()); }));
    CHECK(sizes == std::vector<std::size_t>{3, 1, 1});
}

TEST_CASE("a stop flushes what is held") {
    weir::SpscQueue<int> queue{16};
    std::vector<std::size_t> sizes;
    auto stepper = weir::stepper(weir::from(queue) | weir::micro_batch(10) | weir::for_each([&](std::span<int> b) { sizes.push_back(b.size()); }));
    for (int i = 0; i < 4; ++i) queue.push(i);
    stepper.step();
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(sizes == std::vector<std::size_t>{4});
}

TEST_CASE("an error behind it flushes nothing, and its events count as held") {
    const Ints events{1, 2, 3, 4, 5, 6, 7};
    int calls = 0;
    auto job = weir::from(events) | weir::micro_batch(2) | weir::for_each([&](std::span<int>) {
                   if (++calls == 2) throw std::runtime_error("no");
               });
    auto stepper = weir::stepper(job);
    CHECK_THROWS_AS(([&] { while (stepper.step() != weir::Progress::ended) {} }()), std::runtime_error);
    const weir::Report report = stepper.report();
    const weir::OperatorReport& row = report.at("micro_batch#1");
    CHECK(row.passed == 2);
    CHECK(row.held == row.in - 2); // those of the batch, and what came with them in one span
    CHECK(calls == 2);
}

TEST_CASE("with linger, a source that cannot wait is refused when the job starts, where only the options say so") {
    struct Plain {
        using event_type = int;
        std::optional<int> next() { return std::nullopt; }
    };
    CHECK_THROWS_AS(weir::run(weir::from(Plain{}) | weir::micro_batch({.max_items = 3, .linger = 1ms}) | weir::for_each([](std::span<int>) {})),
                    std::invalid_argument);
    weir::run(weir::from(Plain{}) | weir::stage() | weir::micro_batch({.max_items = 3, .linger = 1ms}) | weir::for_each([](std::span<int>) {}));
    CHECK_THROWS_AS(weir::micro_batch(0), std::invalid_argument);
}

TEST_CASE("whole gives a bounded set as one batch, and nothing for none or after a stop") {
    std::vector<Ints> batches;
    weir::run(weir::from(Ints{3, 1, 2}) | weir::whole() | weir::map(copy_of) | weir::collect_into(batches));
    CHECK(batches == std::vector<Ints>{{3, 1, 2}});
    batches.clear();
    weir::run(weir::from(Ints{}) | weir::whole() | weir::map(copy_of) | weir::collect_into(batches));
    CHECK(batches.empty());

    auto stepper = weir::stepper(weir::from(Ints{3, 1, 2}) | weir::whole() | weir::map(copy_of) | weir::collect_into(batches));
    stepper.step(2);
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(batches.empty());
    CHECK(stepper.report().at("whole#1").held == 2);
}

} // namespace
