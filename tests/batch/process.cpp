// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using weir::Event;
using weir::Timestamp;

namespace {

using Ints = std::vector<int>;
const Ints one_to_seven{1, 2, 3, 4, 5, 6, 7};

int total(std::span<const int> batch) { return std::accumulate(batch.begin(), batch.end(), 0); }
Timestamp at(int s) { return Timestamp(std::chrono::seconds(s)); }

struct Counter {
    int batches = 0;
    int events = 0;
    void process(std::span<int> batch) {
        ++batches;
        events += static_cast<int>(batch.size());
    }
};

template <typename T, typename P>
std::vector<T> results_of(P p, std::size_t size = 3) {
    std::vector<T> results;
    weir::run(weir::from(one_to_seven) | weir::micro_batch(size) | weir::process(p) | weir::collect_into(results));
    return results;
}

TEST_CASE("a processor that returns nothing is a sink; std::ref means the user's own") {
    Counter counter;
    const weir::Report report = weir::run(weir::from(one_to_seven) | weir::micro_batch(3) | weir::process(std::ref(counter)));
    CHECK(counter.batches == 3);
    CHECK(counter.events == 7);
    CHECK(report.at("process#1").in == 3);
    CHECK(report.at("process#1").passed == 3);
    weir::run(weir::from(one_to_seven) | weir::micro_batch(3) | weir::process(counter));
    CHECK(counter.batches == 3);
}

TEST_CASE("a value is one result per batch") {
    CHECK(results_of<int>(total) == Ints{6, 15, 7});
    CHECK(results_of<std::string>([](std::span<int> b) { return std::to_string(b.size()); }) == std::vector<std::string>{"3", "3", "1"});
}

TEST_CASE("the events of a batch may be changed by their processor") {
    Ints out;
    weir::run(weir::from(one_to_seven) | weir::micro_batch(3) | weir::process([](std::span<int> batch) {
                  for (int& x : batch) x = -x;
                  return batch;
              }) |
              weir::unbatch() | weir::collect_into(out));
    CHECK(out == Ints{-1, -2, -3, -4, -5, -6, -7});
}

TEST_CASE("a range is one batch-valued result, which unbatch takes apart") {
    const auto odd = [](std::span<int> batch) {
        std::list<int> found;
        for (const int x : batch)
            if (x % 2 != 0) found.push_back(x);
        return found;
    };
    CHECK(results_of<std::list<int>>(odd) == std::vector<std::list<int>>{{1, 3}, {5}, {7}});
    Ints out;
    weir::run(weir::from(one_to_seven) | weir::micro_batch(3) | weir::process(odd) | weir::unbatch() | weir::collect_into(out));
    CHECK(out == Ints{1, 3, 5, 7});
}

TEST_CASE("a result has the time of its batch, and the watermark follows it") {
    weir::TestStream<int> script;
    script.event(1, at(10)).event(2, at(12)).watermark(at(7)).event(3, at(11)).watermark(at(9));
    std::vector<Event<int>> values;
    weir::run(weir::from(script) | weir::micro_batch(2) | weir::process(total) | weir::collect_into(values));
    CHECK(values == std::vector<Event<int>>{{3, at(12)}, {3, at(11)}});
}

TEST_CASE("an exception of a processor ends the job") {
    CHECK_THROWS_WITH(results_of<int>([](std::span<int> b) -> int {
                          if (b[0] == 4) throw std::runtime_error("batch of 4");
                          return 0;
                      }),
                      "batch of 4");
}

TEST_CASE("processors follow one another, and stages stand between them") {
    const auto twice = [](std::span<int> batch) {
        Ints out(batch.begin(), batch.end());
        out.insert(out.end(), batch.begin(), batch.end());
        return out;
    };
    Ints sums;
    weir::run(weir::from(one_to_seven) | weir::micro_batch(3) | weir::stage() | weir::process(twice) | weir::stage({.capacity = 1}) |
              weir::process(total) | weir::collect_into(sums));
    CHECK(sums == Ints{12, 30, 14});
}

TEST_CASE("ranges of the user's own are batches too") {
    const std::vector<Ints> batches{{1, 2}, {3}};
    Ints sums;
    weir::run(weir::from(batches) | weir::process(total) | weir::collect_into(sums));
    CHECK(sums == Ints{3, 3});
}

TEST_CASE("per_event gives one result per event with its own time, and the marks between them") {
    weir::TestStream<int> script;
    script.event(1, at(10)).watermark(at(5)).event(2, at(12)).event(3, at(11)).watermark(at(9)).event(4, at(14));
    std::vector<Event<int>> results;
    const auto tenfold = weir::per_event([](std::span<int> batch) {
        Ints out;
        for (const int x : batch) out.push_back(x * 10);
        return out;
    });
    weir::run(weir::from(script) | weir::micro_batch(3) | weir::process(tenfold) | weir::collect_into(results));
    CHECK(results == std::vector<Event<int>>{{10, at(10)}, {20, at(12)}, {30, at(11)}, {40, at(14)}});
    CHECK(results_of<int>(tenfold) == Ints{10, 20, 30, 40, 50, 60, 70});
}

TEST_CASE("per_event may show results that its processor keeps") {
    struct Doubler {
        Ints kept;
        const Ints& process(std::span<int> batch) {
            kept.clear();
            for (const int x : batch) kept.push_back(2 * x);
            return kept;
        }
    };
    CHECK(results_of<int>(weir::per_event(Doubler{})) == Ints{2, 4, 6, 8, 10, 12, 14});
    CHECK(results_of<int>(weir::per_event([](std::span<int> batch) { return batch; })) == one_to_seven);
    CHECK(results_of<int>(weir::per_event([](std::span<int> batch) { return std::vector<bool>(batch.size(), true); })) == Ints(7, 1));
}

TEST_CASE("one result too few is an error that says how many there were") {
    CHECK_THROWS_WITH(results_of<int>(weir::per_event([](std::span<int> batch) { return Ints(batch.size() - 1); })),
                      "process(per_event(p)): p gave 2 results for a batch of 3 events");
}

struct Twice { // gives each event twice, as what it is called with
    using kind = weir::OperatorKind;
    template <typename Stream>
    using out = weir::with_event_t<Stream, typename Stream::value>;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        next.on_event(std::as_const(event));
        next.on_event(event);
    }
};

TEST_CASE("batches that come as const from an operator of the user's are copied where a processor may change them") {
    const auto negated = [](std::span<int> batch) {
        for (int& x : batch) x = -x;
        return total(batch);
    };
    Ints sums;
    weir::run(weir::from(one_to_seven) | weir::micro_batch(4) | weir::stage() | Twice{} | weir::process(negated) | weir::collect_into(sums));
    CHECK(sums == Ints{-10, -10, -18, -18});
    Ints events;
    weir::run(weir::from(one_to_seven) | weir::micro_batch(4) | weir::stage() | Twice{} | weir::unbatch() | weir::collect_into(events));
    CHECK(events == Ints{1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 5, 6, 7});
}

TEST_CASE("batches of timed events from a batch source keep each event's time") {
    struct Block {
        using event_type = Event<int>;
        std::vector<Event<int>> events{{1, at(3)}, {2, at(1)}, {4, at(2)}};
        bool given = false;
        std::span<Event<int>> next_batch() { return std::exchange(given, true) ? std::span<Event<int>>() : std::span(events); }
    };
    const auto odd = [](std::span<const Event<int>> batch) {
        std::vector<weir::Outcome<int>> out;
        for (const Event<int>& e : batch) {
            if (e.value == 2) out.emplace_back(std::make_exception_ptr(std::runtime_error("two")));
            else out.emplace_back(e.value * 10);
        }
        return out;
    };
    std::vector<Event<int>> results;
    std::vector<Event<weir::Rejected<int>>> letters;
    weir::run(weir::from(Block{}) | weir::as_batches() | weir::process(odd, weir::dead_letter(weir::collect_into(letters))) |
              weir::collect_into(results));
    CHECK(results == std::vector<Event<int>>{{10, at(3)}, {40, at(2)}});
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].time == at(1));
    CHECK(letters[0].value.event == 2);
}

TEST_CASE("very many results per batch wait where the next task has no room") {
    Ints events(20'000);
    std::iota(events.begin(), events.end(), 0);
    Ints out;
    auto stepper = weir::stepper(weir::from(events) | weir::micro_batch(10'000) |
                                 weir::process(weir::per_event([](std::span<int> batch) { return Ints(batch.begin(), batch.end()); })) |
                                 weir::stage({.capacity = 4}) | weir::collect_into(out));
    std::uint64_t most = 0;
    while (stepper.step(64) != weir::Progress::ended) most = std::max(most, stepper.report().at("stage#1").held);
    CHECK(out == events);
    CHECK(most <= 4);
}

} // namespace
