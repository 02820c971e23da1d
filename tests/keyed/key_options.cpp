// SPDX-License-Identifier: BSL-1.0
// What bounds the state of keys, in each operator that takes KeyedOptions, also beside a plain model on random streams.
#include "../catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using weir::AtMaxKeys;
using weir::TtlClock;

namespace {

weir::Timestamp at(std::int64_t second) { return weir::Timestamp(std::chrono::seconds(second)); }

constexpr auto digit = [](int x) { return x % 10; };
constexpr auto counted = [](int n, int) { return n + 1; };
constexpr auto sum = [](int a, int b) { return a + b; };

/// Counts the events of its key, as an operator of the user's own.
auto counting(weir::KeyedOptions options) {
    return weir::process_keyed<int, int>([](int, int& n, auto& context) { context.emit(++n); }, options);
}

template <typename Chain>
std::vector<int> given(const std::vector<int>& input, const Chain& chain, weir::Report* report = nullptr) {
    std::vector<int> out;
    const weir::Report counts = weir::run(weir::from(input) | weir::key_by(digit) | chain | weir::for_each([&](int n) { out.push_back(n); }));
    for (const weir::OperatorReport& row : counts.operators) CHECK(row.in == row.passed + row.dropped() + row.held);
    if (report) *report = counts;
    return out;
}

} // namespace

TEST_CASE("a key more than max_keys ends the job, unless something else is said") {
    const std::vector<int> input{1, 2, 1, 3};
    CHECK_THROWS_AS(given(input, weir::scan(0, counted, {.max_keys = 2})), weir::TooManyKeys);
    CHECK_THROWS_AS(given(input, weir::reduce(sum, {.max_keys = 2})), weir::TooManyKeys);
    CHECK_THROWS_AS(given(input, weir::deduplicate({.max_keys = 2})), weir::TooManyKeys);
    CHECK_THROWS_WITH(given(input, weir::deduplicate({.max_keys = 2})),
                      "deduplicate: an event has a further key 3, but .max_keys = 2 keys are kept already, and .at_max says fail; drop_new and evict go on");
    CHECK_THROWS_AS(given(input, counting({.max_keys = 2})), weir::TooManyKeys);
    CHECK(given(input, weir::scan(0, counted, {.max_keys = 3})) == std::vector<int>{1, 1, 2, 1});
}

TEST_CASE("drop_new drops the events of keys beyond max_keys, and counts them") {
    const std::vector<int> input{1, 2, 1, 3, 2, 3};
    constexpr weir::KeyedOptions two{.max_keys = 2, .at_max = AtMaxKeys::drop_new};
    weir::Report report;
    CHECK(given(input, weir::scan(0, counted, two), &report) == std::vector<int>{1, 1, 2, 2});
    CHECK(report.at("scan#1").dropped(weir::Drop::overflow) == 2);
    CHECK(given(input, weir::reduce(sum, two), &report) == std::vector<int>{1, 2, 2, 4});
    CHECK(report.at("reduce#1").dropped(weir::Drop::overflow) == 2);
    CHECK(given(input, counting(two), &report) == std::vector<int>{1, 1, 2, 2});
    CHECK(report.at("process_keyed#1").dropped(weir::Drop::overflow) == 2);
    CHECK(given(input, weir::deduplicate(two), &report) == std::vector<int>{1, 2});
    CHECK(report.at("deduplicate#1").dropped(weir::Drop::overflow) == 2);
    CHECK(report.at("deduplicate#1").dropped(weir::Drop::duplicate) == 2);
}

TEST_CASE("evict forgets the key that was not changed for longest") {
    const std::vector<int> input{1, 2, 1, 3, 1, 2}; // 3 takes the place of 2, 2 that of 3
    constexpr weir::KeyedOptions two{.max_keys = 2, .at_max = AtMaxKeys::evict};
    weir::Report report;
    CHECK(given(input, weir::scan(0, counted, two), &report) == std::vector<int>{1, 1, 2, 1, 3, 1});
    CHECK(report.at("scan#1").evicted_keys == 2);
    CHECK(report.at("scan#1").passed == 6);
    CHECK(given(input, weir::reduce(sum, two), &report) == std::vector<int>{1, 2, 2, 3, 3, 2});
    CHECK(report.at("reduce#1").evicted_keys == 2);
    CHECK(given(input, counting(two), &report) == std::vector<int>{1, 1, 2, 1, 3, 1});
    CHECK(report.at("process_keyed#1").evicted_keys == 2);
    CHECK(given(input, weir::deduplicate(two), &report) == std::vector<int>{1, 2, 3, 1, 2}); // a duplicate is no change: 3 takes the place of 1
    CHECK(report.at("deduplicate#1").evicted_keys == 3);
}

TEST_CASE("with a place for one key each new one takes it") {
    constexpr weir::KeyedOptions one{.max_keys = 1, .at_max = AtMaxKeys::evict};
    CHECK(given({1, 1, 2, 2, 1}, weir::scan(0, counted, one)) == std::vector<int>{1, 2, 1, 2, 1});
}

TEST_CASE("a key begins anew when the watermark reaches its latest event's time + ttl") {
    weir::TestStream<int> script;
    script.event(1, at(10)).event(1, at(4)).watermark(at(12)).event(1, at(13)).watermark(at(15)).event(1, at(16)); // alive until 13, 16, 19
    script.watermark(at(19) - 1ns).event(2, at(30)).event(1, at(19)).watermark(at(22)).event(1, at(23));
    const auto run = [&](auto chain) {
        std::vector<int> out;
        weir::run(weir::from(weir::TestStream<int>(script)) | weir::key_by(digit) | chain | weir::for_each([&](int n) { out.push_back(n); }));
        return out;
    };
    const std::vector<int> expected{1, 2, 3, 4, 1, 5, 1};
    CHECK(run(weir::scan(0, counted, {.ttl = 3s})) == expected);
    CHECK(run(counting({.ttl = 3s})) == expected);
    CHECK(run(weir::reduce(sum, {.ttl = 3s})) == std::vector<int>{1, 2, 3, 4, 2, 5, 1});
}

TEST_CASE("an event so late that its key has gone already leaves nothing behind") {
    weir::TestStream<int> script;
    script.watermark(at(100)).event(1, at(50)).event(1, at(50)).event(1, at(98)).event(1, at(50));
    std::vector<int> out;
    weir::run(weir::from(script) | weir::key_by(digit) | weir::scan(0, counted, {.ttl = 3s}) | weir::for_each([&](int n) { out.push_back(n); }));
    CHECK(out == std::vector<int>{1, 1, 1, 2});
}

TEST_CASE("on the job's clock a key begins anew after the ttl, whether anything woke the job or not") {
    constexpr weir::KeyedOptions tenth{.ttl = 10s, .ttl_clock = TtlClock::processing_time};
    const auto run = [&](auto chain) {
        weir::ManualClock clock;
        weir::TestStream<int> script;
        script.event(1, at(0)).event(1, at(0)).advance(9s).event(1, at(0)).advance(9s).event(1, at(0)).advance(12s).event(1, at(0));
        std::vector<int> out;
        auto stepper = weir::stepper(weir::from(script) | weir::key_by(digit) | chain | weir::for_each([&](int n) { out.push_back(n); }), {.clock = &clock});
        for (int i = 0; i < 100 && stepper.step() != weir::Progress::ended; ++i) clock.advance(1s);
        return out;
    };
    CHECK(run(weir::scan(0, counted, tenth)) == std::vector<int>{1, 2, 3, 4, 1});
    CHECK(run(counting(tenth)) == std::vector<int>{1, 2, 3, 4, 1});
    CHECK(run(weir::deduplicate(tenth)) == std::vector<int>{1, 1, 1}); // from the first event on
}

TEST_CASE("a source that only gives one event after the other needs no stage for a ttl on the clock") {
    constexpr weir::KeyedOptions hour{.ttl = 1h, .ttl_clock = TtlClock::processing_time};
    int n = 0;
    const auto three = weir::generate([&]() -> std::optional<int> { return n < 3 ? std::optional(n++) : std::nullopt; });
    std::vector<int> out;
    weir::run(weir::from(three) | weir::key_by([](int) { return 1; }) | weir::scan(0, counted, hour) | weir::for_each([&](int x) { out.push_back(x); }));
    CHECK(out == std::vector<int>{1, 2, 3});
}

TEST_CASE("a key that is too old waits for its timers, and they are a change") {
    weir::TestStream<int> script;
    script.event(1, at(0)).watermark(at(5)).event(1, at(6)).watermark(at(20)).event(1, at(21)).watermark(at(40)).event(1, at(41));
    std::vector<std::string> log;
    weir::run(weir::from(script) | weir::key_by(digit) |
              weir::process_keyed<int, std::string>(
                  [](int, int& n, auto& context) {
                      if (++n == 1) context.set_timer(context.time() + 19s);
                      context.emit(std::to_string(n));
                  },
                  [](weir::Timestamp, int& n, auto& context) { context.emit("timer of " + std::to_string(n)); }, {.ttl = 3s}) |
              weir::for_each([&](const std::string& line) { log.push_back(line); }));
    CHECK(log == std::vector<std::string>{"1", "2", "timer of 2", "3", "1", "timer of 1"});
}

TEST_CASE("a key that is evicted goes with its timers") {
    weir::TestStream<int> script;
    script.event(1, at(0)).event(2, at(1)).event(1, at(2)).watermark(at(100));
    std::vector<std::string> log;
    weir::run(weir::from(script) | weir::key_by(digit) |
              weir::process_keyed<int, std::string>([](int, int&, auto& context) { context.set_timer(context.time() + 10s); },
                                                    [](weir::Timestamp t, int&, auto& context) {
                                                        context.emit(std::to_string(context.key()) + " at " +
                                                                     std::to_string(t.time_since_epoch() / 1s));
                                                    },
                                                    {.max_keys = 1, .at_max = AtMaxKeys::evict}) |
              weir::for_each([&](const std::string& line) { log.push_back(line); }));
    CHECK(log == std::vector<std::string>{"1 at 12"});
}

TEST_CASE("options that mean nothing are refused when the job is made") {
    const std::vector<int> input{1};
    CHECK_THROWS_WITH(given(input, weir::scan(0, counted, {.max_keys = 0})), "scan: .max_keys must be at least 1");
    CHECK_THROWS_WITH(given(input, weir::reduce(sum, {.ttl = -1s})), "reduce: .ttl must not be negative");
    CHECK_THROWS_WITH(given(input, counting({.ttl = 1s})), Catch::Contains("process_keyed: .ttl waits for the watermark, but this pipeline has no event time"));
}

namespace {

struct Model { // of an operator that counts the events of each key
    struct Count {
        int n = 0;
        weir::Timestamp until = weir::min_time;
        int touched = 0;
    };
    weir::KeyedOptions options;
    std::map<int, Count> counts{};
    weir::Timestamp mark = weir::min_time;
    int calls = 0;
    std::vector<int> out{};
    std::uint64_t refused = 0, evicted = 0;

    void watermark(weir::Timestamp t) {
        mark = std::max(mark, t);
        std::erase_if(counts, [this](const auto& entry) { return entry.second.until <= mark; });
    }
    void event(int key, weir::Timestamp t) {
        if (not counts.contains(key) && counts.size() >= options.max_keys) {
            if (options.at_max == AtMaxKeys::drop_new) return void(++refused);
            ++evicted;
            counts.erase(std::min_element(counts.begin(), counts.end(), [](auto& a, auto& b) { return a.second.touched < b.second.touched; }));
        }
        Count& count = counts[key];
        out.push_back(++count.n);
        count.touched = ++calls;
        count.until = std::max(count.until, weir::saturating_add(t, options.ttl));
        if (count.until <= mark) counts.erase(key);
    }
};

} // namespace

TEST_CASE("keys with bounds agree with a map of them on random streams") {
    std::minstd_rand random(11);
    std::uint64_t refused = 0, evicted = 0;
    for (int round = 0; round < 120; ++round) {
        weir::KeyedOptions options{.max_keys = 1 + random() % 12, .at_max = round % 2 == 0 ? AtMaxKeys::evict : AtMaxKeys::drop_new};
        if (round % 3 != 0) options.ttl = std::chrono::seconds(random() % 20);
        Model model{options};
        weir::TestStream<int> script;
        for (int i = 0; i < 300; ++i) {
            if (random() % 4 == 0) {
                const weir::Timestamp mark = at(i / 3 + static_cast<int>(random() % 8) - 6);
                script.watermark(std::max(mark, model.mark));
                model.watermark(mark);
            } else {
                const int key = static_cast<int>(random() % 15);
                const weir::Timestamp time = at(i / 3 + static_cast<int>(random() % 9) - 6);
                script.event(key, time);
                model.event(key, time);
            }
        }
        const auto agree = [&](auto chain) {
            std::vector<int> out;
            const weir::Report report = weir::run(weir::from(weir::TestStream<int>(script)) | weir::key_by([](int key) { return std::to_string(key); }) |
                                                  weir::named("it", chain) | weir::for_each([&](int n) { out.push_back(n); }));
            INFO("round " << round);
            CHECK(out == model.out);
            CHECK(report.at("it").dropped(weir::Drop::overflow) == model.refused);
            CHECK(report.at("it").evicted_keys == model.evicted);
        };
        agree(weir::scan(0, counted, options));
        agree(counting(options));
        refused += model.refused;
        evicted += model.evicted;
    }
    CHECK(refused > 100);
    CHECK(evicted > 100);
}
