// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "op/watching.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using watching::at;
using watching::SumPer;
using watching::Watch;
using Log = std::vector<std::string>;

namespace {

const auto is_even = [](int x) { return x % 2 == 0; };
const auto times_ten = [](int x) { return x * 10; };

std::vector<int> numbers(int n) {
    std::vector<int> v;
    for (int i = 1; i <= n; ++i) v.push_back(i);
    return v;
}

/// Chains made at run time, of one type.
weir::AnyChain<int, int> made_of(const std::string& words) {
    weir::AnyChain<int, int> chain = weir::map([](int x) { return x; });
    for (const char word : words) {
        if (word == 'e') chain = weir::AnyChain<int, int>(chain | weir::filter(is_even));
        if (word == 't') chain = weir::AnyChain<int, int>(chain | weir::map(times_ten));
        if (word == '5') chain = weir::AnyChain<int, int>(chain | weir::take(5));
    }
    return chain;
}

} // namespace

TEST_CASE("AnyChain holds any chain that takes In and gives Out") {
    weir::AnyChain<int, std::string> words = weir::filter(is_even) | weir::map([](int x) { return std::to_string(x); });
    std::vector<std::string> got;
    const weir::Report report = weir::run(weir::from(numbers(5)) | words | weir::collect_into(got));
    CHECK(got == std::vector<std::string>{"2", "4"});
    CHECK(report.at("AnyChain#1").in == 5);
    CHECK(report.at("AnyChain#1").out == 2);
    CHECK(report.at("AnyChain#1/filter#1").dropped(weir::Drop::filtered) == 3);
    CHECK(report.at("AnyChain#1/map#1").passed == 2);
    words = weir::map([](int) { return std::string("x"); });
    got.clear();
    weir::run(weir::from(numbers(2)) | words | weir::collect_into(got));
    CHECK(got == std::vector<std::string>{"x", "x"});
}

TEST_CASE("an AnyChain for pipelines with an end may wait for it inside, any AnyChain keeps the end for those behind") {
    const auto descending = weir::sort_by([](int x) { return -x; });
    const weir::AnyChain<int, int, weir::AnyRules{.bounded = true}> sorted = weir::filter(is_even) | descending;
    const weir::AnyChain<int, int> tens = weir::map(times_ten);
    std::vector<int> inside, behind;
    weir::run(weir::from(numbers(5)) | sorted | weir::collect_into(inside));
    CHECK(inside == std::vector<int>{4, 2});
    weir::run(weir::from(numbers(3)) | tens | descending | weir::collect_into(behind));
    CHECK(behind == std::vector<int>{30, 20, 10});
}

TEST_CASE("AnyChain is a value: a copy makes running forms of its own") {
    const weir::AnyChain<int, int> second = weir::skip(1);
    const weir::AnyChain<int, int> copy = second;
    std::vector<int> got;
    for (int i = 0; i < 2; ++i) weir::run(weir::from(numbers(4)) | second | copy | weir::collect_into(got));
    CHECK(got == std::vector{3, 4, 3, 4});
}

TEST_CASE("AnyChain<In, void> ends in a sink") {
    std::vector<int> got;
    const weir::AnyChain<int, void> sink = weir::map(times_ten) | weir::collect_into(got);
    weir::run(weir::from(numbers(3)) | weir::filter(is_even) | sink);
    weir::run(weir::from(numbers(600)) | weir::broadcast(sink, weir::for_each([](int) {})));
    CHECK(got.size() == 601);
    CHECK(got.back() == 6000);
}

TEST_CASE("AnyChain keeps no event back for one that its source may be long in giving") {
    int given = 0, seen = 0;
    bool late = false;
    const auto numbers_so_far = [&] { // as one that waits for what it gives
        late |= seen != given;
        return given == 100 ? std::nullopt : std::optional(++given);
    };
    const weir::AnyChain<int, int> any = weir::map(times_ten);
    const auto count = weir::for_each([&](int) { ++seen; });
    weir::run(weir::from(weir::generate(numbers_so_far)) | any | count);
    CHECK_FALSE(late);
    given = seen = 0;
    weir::run(weir::merge(weir::from(weir::generate(numbers_so_far)) | any, weir::from(std::vector<int>())) | count);
    CHECK_FALSE(late);
    given = seen = 0;
    weir::run(weir::from(weir::generate(numbers_so_far)) | weir::broadcast(any | count, weir::for_each([](int) {})));
    CHECK_FALSE(late);
    CHECK(seen == 100);
}

TEST_CASE("AnyChain puts chains together at run time") {
    std::vector<int> got;
    weir::run(weir::from(numbers(100)) | made_of("ete5t") | weir::collect_into(got));
    CHECK(got == std::vector{200, 400, 600, 800, 1000});
}

TEST_CASE("AnyChain gives what the chain itself gives, whatever its blocks are") {
    weir::Random random(5);
    for (int round = 0; round < 30; ++round) {
        std::vector<int> input;
        for (std::uint64_t n = random.below(900); n > 0; --n) input.push_back(static_cast<int>(random.below(100)));
        const int most = static_cast<int>(random.below(6));
        const auto chain = weir::skip(random.below(5)) | weir::flat_map([most](int x) { return std::vector<int>(static_cast<std::size_t>(x % (most + 1)), x); })
                           | weir::filter([](int x) { return x % 3 != 0; });
        const weir::AnyChain<int, int> any = chain;
        std::vector<int> plain, erased, staged;
        weir::run(weir::from(input) | chain | weir::collect_into(plain));
        weir::run(weir::from(input) | any | weir::collect_into(erased));
        weir::run(weir::from(input) | any | weir::stage({.capacity = 3}) | any | weir::collect_into(staged));
        CHECK(erased == plain);
        std::vector<int> twice;
        weir::run(weir::from(input) | chain | chain | weir::collect_into(twice));
        CHECK(staged == twice);
    }
}

TEST_CASE("AnyChain with take: nothing before it sees an event behind the last one taken") {
    std::vector<int> seen, got;
    const weir::AnyChain<int, int> three = weir::take(3);
    weir::run(weir::from(numbers(1000)) | weir::tap([&](int x) { seen.push_back(x); }) | three | weir::collect_into(got));
    CHECK(seen == std::vector{1, 2, 3});
    CHECK(got == std::vector{1, 2, 3});
    const weir::AnyChain<int, int> none = weir::take(0);
    const weir::Report report = weir::run(weir::from(numbers(3)) | none | weir::collect_into(got));
    CHECK(report.at("AnyChain#1").in == 0);
}

TEST_CASE("AnyChain before take: nothing in it sees an event behind the last one taken") {
    std::vector<int> seen, got;
    const weir::AnyChain<int, int> any = weir::tap([&](int x) { seen.push_back(x); });
    weir::run(weir::from(numbers(1000)) | any | weir::take(3) | weir::collect_into(got));
    CHECK(seen == std::vector{1, 2, 3});
    CHECK(got == seen);
    seen.clear();
    const weir::AnyChain<int, int> three = weir::take(3);
    weir::run(weir::from(numbers(1000)) | any | three | weir::for_each([](int) {}));
    CHECK(seen == std::vector{1, 2, 3});
}

TEST_CASE("AnyChain<Event<T>, Event<U>> carries event times and watermarks, each in its place") {
    using E = weir::Event<int>;
    const auto run_with = [](auto chain) {
        Log log;
        weir::TestStream<int> script;
        for (int i = 1; i <= 20; ++i) {
            script.event(i, at(i));
            if (i % 6 == 0) script.watermark(at(i));
        }
        weir::run(weir::from(script) | chain | Watch(log) | weir::for_each([](int) {}));
        return log;
    };
    CHECK(run_with(weir::AnyChain<E, E>(SumPer(4))) == run_with(SumPer(4)));
    CHECK(run_with(weir::AnyChain<E, E>(SumPer(4)) | weir::AnyChain<E, E>(SumPer(8))) == run_with(SumPer(4) | SumPer(8)));
}

TEST_CASE("AnyChain before take: what gives at the end is told of it, also where the last event taken came at the end") {
    for (const int n : {7, 20}) {
        const weir::AnyChain<int, int> batched = weir::micro_batch(5) | weir::unbatch();
        const weir::AnyChain<int, int> waiting = weir::micro_batch(5) | weir::flat_map([](const auto& batch) { return std::vector<int>(1000 * batch.size(), 1); });
        std::vector<std::uint64_t> few, many;
        weir::run(weir::from(numbers(n)) | batched | weir::take(6) | weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { few.push_back(row.value); }));
        weir::run(weir::from(numbers(n)) | waiting | weir::take(6000) | weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { many.push_back(row.value); }));
        CHECK(few == std::vector<std::uint64_t>{6});
        CHECK(many == std::vector<std::uint64_t>{6000});
    }
}

TEST_CASE("AnyChain takes events that can only be moved, and moves them") {
    std::vector<std::unique_ptr<int>> pointers, got;
    for (int i = 0; i < 3; ++i) pointers.push_back(std::make_unique<int>(i));
    const weir::AnyChain<std::unique_ptr<int>, std::unique_ptr<int>> any = weir::filter([](const std::unique_ptr<int>& p) { return *p != 1; });
    weir::run(weir::from(std::move(pointers)) | any | weir::collect_into(got));
    REQUIRE(got.size() == 2);
    CHECK(*got[1] == 2);
}

TEST_CASE("AnyChain owns what a source only lends for a moment") {
    const std::vector<std::string> texts{"a", "b"};
    const weir::AnyChain<std::string, std::string> any = weir::map([](std::string text) { return text + "!"; });
    std::vector<std::string> got;
    weir::run(weir::from(texts) | weir::map([](const std::string& text) { return std::string_view(text); }) | any | weir::collect_into(got));
    CHECK(got == std::vector<std::string>{"a!", "b!"});
}

TEST_CASE("AnyChain: an exception inside ends the job, and what had not been handed on counts as held") {
    const weir::AnyChain<int, int> any = weir::map([](int x) { return x == 3 ? throw std::runtime_error("three") : x; });
    weir::Stepper stepper = weir::stepper(weir::from(numbers(10)) | any | weir::for_each([](int) {}));
    CHECK_THROWS_WITH([&] { while (stepper.step() != weir::Progress::ended) {} }(), "three");
    const weir::Report report = stepper.report();
    CHECK(report.at("AnyChain#1").in == 10);
    CHECK(report.at("AnyChain#1").held == 7);
    CHECK(report.at("AnyChain#1/map#1").in == 3);
    CHECK(report.at("AnyChain#1/map#1").held == 1);
}

TEST_CASE("AnyChain: what stood before an exception in a block has gone through the chain inside, what stood behind it is held") {
    for (int place = 0; place < 4; ++place)
        for (const int call : {1, 2, 40, 100, 200}) {
            int left = call;
            const auto at = [&left, place](int here, int x) { return here == place && --left == 0 ? throw std::runtime_error("the call that was asked for") : x; };
            const auto first = [at](int x) { return at(0, x) * 7 % 5 < 3; };
            const auto second = [at](int x) { return at(1, x) + 1; };
            const auto third = [at](int x) { return at(2, x) * 3 % 7 < 4; };
            const auto fourth = [at](int x) { return at(3, x) * 2; };
            const weir::AnyChain<int, int> any = weir::filter(first) | weir::map(second) | weir::filter(third) | weir::map(fourth);
            std::vector<int> out, expected;
            weir::Stepper stepper = weir::stepper(weir::from(numbers(2000)) | any | weir::collect_into(out));
            CHECK_THROWS_WITH([&] { while (stepper.step() != weir::Progress::ended) {} }(), "the call that was asked for");
            const weir::Report report = stepper.report();
            left = call;
            try {
                for (const int x : numbers(2000))
                    if (first(x))
                        if (const int y = second(x); third(y)) expected.push_back(fourth(y));
            } catch (const std::runtime_error&) {
            }
            INFO("place " << place << ", call " << call);
            CHECK(weir::detail::wrong_counts(report) == "");
            CHECK(report.at("AnyChain#1/map#2").passed == expected.size());
            CHECK(report.at("AnyChain#1/filter#1").passed == report.at("AnyChain#1/map#1").passed);
            CHECK(report.at("AnyChain#1/map#1").passed == report.at("AnyChain#1/filter#2").passed + report.at("AnyChain#1/filter#2").dropped());
            CHECK(out.size() <= expected.size());
            expected.resize(out.size());
            CHECK(out == expected);
        }
}

TEST_CASE("AnyChain keeps the deadlines inside it") {
    weir::ManualClock clock;
    weir::RunOptions options;
    options.clock = &clock;
    const weir::AnyChain<int, int> batches = weir::micro_batch(100, 10s) | weir::unbatch();
    weir::SpscQueue<int> queue{8};
    std::vector<int> got;
    weir::Stepper stepper = weir::stepper(weir::from(queue) | batches | weir::collect_into(got), options);
    queue.push(1);
    while (stepper.step() == weir::Progress::more) {}
    CHECK(got.empty());
    clock.advance(10s);
    while (stepper.step() == weir::Progress::more) {}
    CHECK(got == std::vector{1});
    queue.close();
    while (stepper.step() != weir::Progress::ended) {}
}

TEST_CASE("AnyChain with a deadline inside is refused at the start behind a source that cannot wait") {
    struct Blocks {
        using event_type = int;
        std::optional<int> next() { return std::nullopt; }
    };
    const weir::AnyChain<int, int> batches = weir::micro_batch(100, 10s) | weir::unbatch();
    CHECK_THROWS_WITH(weir::run(weir::from(Blocks()) | batches | weir::for_each([](int) {})), Catch::Contains("AnyChain#1") && Catch::Contains("stage()"));
}

TEST_CASE("AnyChain: what one event gives may be far more than there is room for") {
    std::uint64_t n = 0;
    const weir::AnyChain<int, int> many = weir::flat_map([](int x) { return std::vector<int>(100'000, x); });
    weir::run(weir::from(numbers(3)) | many | weir::stage({.capacity = 16}) | weir::for_each([&](int) { ++n; }));
    CHECK(n == 300'000);
}

TEST_CASE("AnyChain: a retry inside waits without losing what comes behind it") {
    std::vector<int> got;
    const auto fails_once = [failed = false](int x) mutable {
        if (x == 300 && not std::exchange(failed, true)) throw std::runtime_error("once");
        return x;
    };
    const weir::AnyChain<int, int> any = weir::try_map(fails_once, weir::retry(1, 1ms));
    weir::run(weir::from(numbers(1000)) | any | weir::collect_into(got));
    CHECK(got == numbers(1000));
}

TEST_CASE("AnyChain with rules takes chains without order") {
    const weir::AnyChain<int, int, weir::AnyRules{.order = weir::Order::none}> both = weir::broadcast(weir::map(times_ten), weir::filter(is_even));
    std::vector<int> got;
    weir::run(weir::from(numbers(2)) | both | weir::collect_into(got));
    CHECK(got == std::vector{10, 20, 2});
    STATIC_REQUIRE(decltype(weir::from(numbers(2)) | both)::stream::traits.order == weir::Order::none);
}
