// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

using Row = weir::Windowed<weir::NoKey, std::uint64_t>;

/// Steps a job from second to second, and says how many results there were after each.
template <typename Job>
std::vector<std::size_t> counts_by_second(Job&& job, const std::vector<weir::Event<Row>>& results, int seconds) {
    weir::ManualClock clock;
    auto stepper = weir::stepper(std::forward<Job>(job), {.clock = &clock});
    std::vector<std::size_t> counts;
    for (int s = 0; s <= seconds; ++s) {
        for (int turn = 0; turn < 4; ++turn) // a word that a stream is idle is no progress, and takes a step for each stage
            while (stepper.step() == weir::Progress::more) {}
        counts.push_back(results.size());
        clock.advance(1s);
    }
    return counts;
}

struct Reading {
    weir::Timestamp time;
};

/// Notes events, and words that the stream is idle: -1.
struct Note {
    using kind = weir::OperatorKind;
    std::vector<int>* to;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if constexpr (requires { weir::value_of(event).time; }) to->push_back(static_cast<int>(weir::value_of(event).time.time_since_epoch() / 1s));
        else to->push_back(weir::value_of(event));
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_idle(Next& next) {
        to->push_back(-1);
        next.on_idle();
    }
};

/// Gives an event when the job's clock has reached its time, then never again; it does not end.
struct Live {
    using event_type = Reading;
    std::vector<std::chrono::seconds> times;
    std::size_t next = 0;
    weir::Polled<Reading> poll(weir::Timestamp now) {
        if (next == times.size()) return weir::Polled<Reading>::nothing(1h);
        if (now < at(times[next])) return weir::Polled<Reading>::nothing(at(times[next]) - now);
        return Reading{at(times[next++])};
    }
};

} // namespace

TEST_CASE("an idle input of a merge holds nobody back, until it has events again and has caught up") {
    weir::TestStream<int> busy, quiet;
    busy.event(1, at(1s)).watermark(at(10s)).event(2, at(12s)).watermark(at(20s)).advance(4s).event(3, at(22s)).watermark(at(40s)).advance(100s);
    quiet.event(4, at(2s)).watermark(at(3s)).advance(2s).idle().advance(4s).event(5, at(41s)).watermark(at(15s)).advance(1s).watermark(at(50s)).advance(100s);
    std::vector<weir::Event<Row>> rows;
    const auto counts = counts_by_second(weir::merge(weir::from(busy), weir::from(quiet)) | weir::window(weir::tumbling(5s)) |
                                             weir::aggregate(weir::count()) | weir::collect_into(rows),
                                         rows, 8);
    // second 2: the quiet one is idle, so [0, 5) and [10, 15) end; 4: [20, 25); 6: its event waits for 50 > 40
    CHECK(counts == std::vector<std::size_t>{0, 0, 2, 2, 3, 3, 3, 3, 3});
    CHECK(rows.at(0).value.value == 2);
}

TEST_CASE("idleness passes stages") {
    weir::TestStream<int> busy, quiet;
    busy.event(1, at(1s)).watermark(at(10s)).advance(100s);
    quiet.event(4, at(2s)).watermark(at(3s)).advance(2s).idle().advance(100s);
    std::vector<weir::Event<Row>> rows;
    const auto counts = counts_by_second(weir::merge(weir::from(busy) | weir::stage(), weir::from(quiet) | weir::stage() | weir::stage()) |
                                             weir::window(weir::tumbling(5s)) | weir::aggregate(weir::count()) | weir::collect_into(rows),
                                         rows, 4);
    CHECK(counts == std::vector<std::size_t>{0, 0, 1, 1, 1});
}

TEST_CASE("when all inputs are idle the stream is where the furthest of them was") {
    weir::TestStream<int> first, second;
    first.event(1, at(1s)).watermark(at(10s)).advance(1s).idle().advance(100s);
    second.event(4, at(2s)).watermark(at(3s)).advance(2s).idle().advance(100s);
    std::vector<weir::Event<Row>> rows;
    const auto counts = counts_by_second(weir::merge(weir::from(first), weir::from(second)) | weir::window(weir::tumbling(5s)) |
                                             weir::aggregate(weir::count()) | weir::collect_into(rows),
                                         rows, 4);
    CHECK(counts == std::vector<std::size_t>{0, 0, 1, 1, 1});
}

TEST_CASE("that all inputs are idle is said behind what has to wait for room") {
    weir::TestStream<int> slow, beside, ahead;
    for (int key = 0; key < 20; ++key) slow.event(key, at(1s));
    slow.watermark(at(10s)).idle().advance(10s);
    beside.watermark(at(10s)).idle().advance(10s);
    for (int s = 100; s < 300; s += 10) ahead.event(s, at(std::chrono::seconds(s))).watermark(at(std::chrono::seconds(s)));
    ahead.advance(10s);
    const auto from_copy = [](weir::TestStream<int> stream) { return weir::from(std::move(stream)); };
    const auto counted = [](auto pipeline) {
        return std::move(pipeline) | weir::key_by([](int key) { return key; }) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) |
               weir::stage({.capacity = 2});
    };
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        weir::Simulation simulation(seed);
        std::size_t rows = 0;
        weir::run(weir::merge(counted(weir::merge(from_copy(slow), from_copy(beside))), counted(from_copy(ahead))) | weir::drop_late() |
                      weir::for_each([&rows](const auto&) { ++rows; }),
                  simulation.options());
        CHECK(rows == 40);
    }
}

TEST_CASE("word that a stream is idle stands behind what an operator holds") {
    const auto first_window = [](auto chain) {
        weir::TestStream<int> quiet, busy;
        quiet.watermark(at(0s)).event(1, at(1s)).advance(1s).event(2, at(2s)).idle().advance(100s);
        busy.event(3, at(3s)).advance(1s).watermark(at(30s)).advance(100s);
        std::vector<weir::Event<Row>> rows;
        counts_by_second(weir::merge(weir::from(quiet) | std::move(chain), weir::from(busy)) | weir::window(weir::tumbling(10s)) |
                             weir::aggregate(weir::count()) | weir::collect_into(rows),
                         rows, 8);
        return rows.empty() ? 0 : rows[0].value.value;
    };
    const auto batches = [] { return weir::micro_batch(3, 3s) | weir::unbatch(); };
    const auto five = weir::flat_map([](int i) { return std::vector<int>(5, i); });
    CHECK(first_window(batches()) == 3);
    CHECK(first_window(weir::micro_batch(3) | weir::unbatch()) == 0); // without linger for as long as it is quiet
    CHECK(first_window(weir::AnyChain<weir::Event<int>, weir::Event<int>>(batches())) == 3);
    CHECK(first_window(weir::AnyChain<weir::Event<int>, weir::Event<int>>(five) | weir::stage({.capacity = 2})) == 11);
    CHECK(first_window(weir::broadcast(weir::map([](int i) { return i; }), batches())) == 5);
}

TEST_CASE("word that a stream is idle stands behind what an operator has still to give for the last event") {
    // The event comes as what a batch has become: with its watermark and the word directly behind it, whatever room there is.
    const auto noted = [](auto chain) {
        weir::TestStream<int> quiet;
        quiet.watermark(at(0s)).event(1, at(1s)).event(2, at(2s)).watermark(at(30s)).idle().advance(100s);
        std::vector<int> all;
        weir::ManualClock clock;
        auto stepper = weir::stepper(chain(weir::from(quiet) | weir::micro_batch(3, 3s)) | Note{&all} | weir::stage({.capacity = 1}) | weir::for_each([](int) {}), {.clock = &clock});
        for (int second = 0; second < 10; ++second) {
            for (int turn = 0; turn < 50; ++turn) static_cast<void>(stepper.step());
            clock.advance(1s);
        }
        return all;
    };
    const auto last = weir::process([](std::span<int> batch) { return batch.back(); });
    const auto value = weir::map([](const auto& row) { return static_cast<int>(row.value); });
    const auto behind_last = [&](auto chain) { return noted([&](auto batches) { return std::move(batches) | last | std::move(chain); }); };
    const auto key = weir::key_by([](int) { return 0; });
    using Numbers = std::vector<int>;
    CHECK(noted([](auto batches) { return std::move(batches) | weir::unbatch(); }) == Numbers{1, 2, -1});
    CHECK(noted([](auto batches) { return std::move(batches) | weir::process([](std::span<int>) { return Numbers{7, 8, 9}; }) | weir::unbatch(); }) == Numbers{7, 8, 9, -1});
    const auto copies = [](auto... order) { return weir::parallel(2, weir::map([](int i) { return i; }), order...); };
    CHECK(noted([&](auto batches) { return std::move(batches) | weir::unbatch() | copies(); }) == Numbers{1, 2, -1});
    CHECK(noted([&](auto batches) { return std::move(batches) | weir::unbatch() | copies(weir::ordered); }) == Numbers{1, 2, -1});
    CHECK(behind_last(weir::flat_map([](int i) { return Numbers(3, i); })) == Numbers{2, 2, 2, -1});
    CHECK(behind_last(weir::try_map([n = 0](int i) mutable { return n++ == 0 ? throw std::runtime_error("not yet") : i; }, weir::retry(1, 1s))) == Numbers{2, -1});
    CHECK(behind_last(weir::window(weir::sliding(3s, 1s)) | weir::aggregate(weir::count()) | value) == Numbers{1, 1, 1, -1});
    CHECK(behind_last(key | weir::process_keyed<int, int>(
                          [](int, int&, auto& context) {
                              for (const auto s : {3s, 4s, 5s}) context.set_timer(at(s));
                          },
                          [](weir::Timestamp t, int&, auto& context) { context.emit(static_cast<int>(t.time_since_epoch() / 1s)); })) == Numbers{3, 4, 5, -1});
    const auto some = weir::flat_map<int>([](int, auto emit) {
        for (const int i : {5, 6, 7}) emit(int(i));
    });
    CHECK(behind_last(some | weir::in_time_order()) == Numbers{5, 6, 7, -1});
    CHECK(noted([&](auto batches) {
        return weir::hash_join(std::move(batches) | last | key, weir::from(Numbers{5, 6, 7}) | key, [](int, int right) { return right; });
    }) == Numbers{5, 6, 7, -1});
}

TEST_CASE("a stream is idle once behind branches, and not when an event came meanwhile") {
    std::vector<int> noted;
    const auto same = weir::map([](int i) { return i; });
    weir::ManualClock clock;
    weir::TestStream<int> quiet;
    quiet.event(1, at(1s)).idle().advance(1s).event(2, at(2s)).advance(9s).idle().advance(100s);
    auto stepper = weir::stepper(weir::from(quiet) | weir::broadcast(same, weir::micro_batch(3, 5s) | weir::unbatch()) | Note{&noted} | weir::stage() |
                                     weir::for_each([](int) {}),
                                 {.clock = &clock});
    for (int second = 0; second < 20; ++second) {
        while (stepper.step() == weir::Progress::more) {}
        clock.advance(1s);
    }
    CHECK(noted == std::vector<int>{1, 2, 1, 2, -1});
}

TEST_CASE("the end of an input is no word about one that is idle") {
    weir::TestStream<int> short_one, quiet;
    short_one.event(1, at(1s)).watermark(at(3s)).advance(2s);
    quiet.event(2, at(2s)).watermark(at(4s)).advance(1s).idle().advance(3s).event(3, at(6s)).watermark(at(11s)).advance(100s);
    std::vector<weir::Event<Row>> rows;
    std::vector<weir::Event<int>> late;
    const auto counts = counts_by_second(weir::merge(weir::from(short_one), weir::from(quiet)) |
                                             weir::window(weir::tumbling(5s).late_to(weir::collect_into(late))) |
                                             weir::aggregate(weir::count()) | weir::collect_into(rows),
                                         rows, 6);
    CHECK(late.empty());
    CHECK(counts == std::vector<std::size_t>{0, 0, 0, 0, 2, 2, 2}); // [0, 5) and [5, 10) when the quiet one says so
}

TEST_CASE("a source without events for a while falls idle by itself") {
    std::vector<weir::Event<Row>> rows;
    const auto timed = [](auto strategy) { return weir::event_time(&Reading::time, strategy); };
    const auto counts = counts_by_second(weir::merge(weir::from(Live{{0s, 1s, 2s, 3s, 4s, 5s, 6s, 7s, 8s, 9s, 10s}}) | timed(weir::monotonous()),
                                                     weir::from(Live{{0s, 1s}}) | timed(weir::monotonous().idle_after(4s))) |
                                             weir::window(weir::tumbling(3s)) | weir::aggregate(weir::count()) | weir::collect_into(rows),
                                         rows, 10);
    // idle at 1 + 4 = 5 s: [0, 3) ends; from then on the other goes alone
    CHECK(counts == std::vector<std::size_t>{0, 0, 0, 0, 0, 1, 2, 2, 2, 3, 3});
    CHECK(rows.at(0).value.value == 5);
    CHECK_THROWS_WITH(weir::monotonous().idle_after(0s), Catch::Contains("greater than 0"));
}

TEST_CASE("a stream is not idle while its events wait for room further down") {
    weir::ManualClock clock;
    std::vector<int> noted;
    const auto same = weir::map([](const Reading& reading) { return reading; });
    auto stepper = weir::stepper(weir::from(Live{{0s, 0s, 0s, 0s}}) | weir::event_time(&Reading::time, weir::monotonous().idle_after(1s)) |
                                     weir::broadcast(same, same, same) | weir::stage({.capacity = 1}) | Note{&noted} | weir::for_each([](const Reading&) {}),
                                 {.clock = &clock});
    for (int turn = 0; turn < 100; ++turn) {
        stepper.step(1);
        clock.advance(10s);
    }
    CHECK(noted == std::vector<int>{0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, -1}); // 10 s between what one step takes and the next
}

TEST_CASE("a stream is not idle whose events an operator before it has just let go") {
    weir::ManualClock clock;
    std::vector<int> noted;
    auto stepper = weir::stepper(weir::from(Live{{0s, 1s}}) | weir::micro_batch(10, 5s) | weir::unbatch() |
                                     weir::event_time(&Reading::time, weir::monotonous().idle_after(5s)) | Note{&noted} | weir::for_each([](const Reading&) {}),
                                 {.clock = &clock});
    for (int second = 0; second < 20; ++second) {
        while (stepper.step() == weir::Progress::more) {}
        if (second == 9) CHECK(noted == std::vector<int>{0, 1});
        clock.advance(1s);
    }
    CHECK(noted == std::vector<int>{0, 1, -1}); // at 5 s they come, at 10 s it is idle
}
