// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <exception>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using weir::Event;
using weir::Outcome;
using weir::Rejected;
using weir::Timestamp;

namespace {

using Ints = std::vector<int>;
Timestamp at(int s) { return Timestamp(std::chrono::seconds(s)); }

Ints numbers(int n) {
    Ints v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 1);
    return v;
}

std::vector<Outcome<int>> square_odd(std::span<const int> batch) {
    std::vector<Outcome<int>> out;
    for (const int x : batch) {
        if (x % 2 != 0) out.emplace_back(x * x);
        else out.emplace_back(std::make_exception_ptr(std::runtime_error("even: " + std::to_string(x))));
    }
    return out;
}

/// Stores what it is given, but nothing of a batch with a bad event in it, as a database does.
struct Store {
    Ints* rows;
    int* calls;
    int bad = 0; // every number that it divides
    static constexpr bool repeatable = true;
    void process(std::span<int> batch) const {
        ++*calls;
        for (const int x : batch)
            if (x % bad == 0) throw std::runtime_error("bad " + std::to_string(x));
        rows->insert(rows->end(), batch.begin(), batch.end());
    }
};

TEST_CASE("Outcomes: values go on, errors go to the policy") {
    Ints values;
    std::vector<Rejected<int>> letters;
    const weir::Report report = weir::run(weir::from(numbers(7)) | weir::micro_batch(3) |
                                          weir::process(square_odd, weir::dead_letter(weir::collect_into(letters))) | weir::collect_into(values));
    CHECK(values == Ints{1, 9, 25, 49});
    REQUIRE(letters.size() == 3);
    CHECK(letters[1].event == 4);
    CHECK(letters[1].what() == "even: 4");
    CHECK(report.at("process#1").in == 3);
    CHECK(report.at("process#1").out == 4);
    CHECK(report.at("process#1").passed == 3);
    CHECK(report.at("process#1/dead_letter/collect_into#1").in == 3);
}

TEST_CASE("one bad event does not cost the other 999 of its batch") {
    Ints values;
    const auto picky = [](std::span<int> batch) {
        std::vector<Outcome<int>> out;
        for (const int x : batch) {
            if (x == 500) out.emplace_back(std::make_exception_ptr(std::runtime_error("no")));
            else out.emplace_back(x);
        }
        return out;
    };
    weir::run(weir::from(numbers(1000)) | weir::micro_batch(1000) | weir::process(picky, weir::drop()) | weir::collect_into(values));
    CHECK(values.size() == 999);
}

TEST_CASE("without a policy an error ends the job, and says which event it was") {
    Ints values;
    try {
        weir::run(weir::from(numbers(7)) | weir::micro_batch(3) | weir::process(square_odd) | weir::collect_into(values));
        FAIL("it did not throw");
    } catch (const weir::EventError& error) {
        CHECK(std::string(error.what()) == "process#1: event 2: even: 2");
        CHECK(error.number() == 2);
    }
}

TEST_CASE("values and rejected events keep their own times, and both see the marks between them") {
    weir::TestStream<int> script;
    script.event(1, at(10)).watermark(at(5)).event(2, at(12)).watermark(at(6)).event(3, at(11)).watermark(at(9)).event(4, at(14));
    std::vector<Event<int>> values;
    std::vector<Event<Rejected<int>>> letters;
    weir::run(weir::from(script) | weir::micro_batch(4) | weir::process(square_odd, weir::dead_letter(weir::collect_into(letters))) |
              weir::collect_into(values));
    CHECK(values == std::vector<Event<int>>{{1, at(10)}, {9, at(11)}});
    REQUIRE(letters.size() == 2);
    CHECK(letters[0].time == at(12));
    CHECK(letters[1].time == at(14));
}

TEST_CASE("a batch of which every event is in error is dropped") {
    Ints values;
    const weir::Report report =
        weir::run(weir::from(Ints{2, 4, 6, 7}) | weir::micro_batch(2) | weir::process(square_odd, weir::drop()) | weir::collect_into(values));
    CHECK(values == Ints{49});
    CHECK(report.at("process#1").dropped(weir::Drop::error) == 1);
    CHECK(report.at("process#1").passed == 1);
}

TEST_CASE("a processor that may be called again is bisected: each other event is in one call that succeeded") {
    for (const int n : {1, 2, 3, 16, 100, 1000})
        for (const int bad : {1, 2, 7, 500, 5000}) {
            CAPTURE(n, bad);
            Ints rows;
            int calls = 0;
            std::vector<Rejected<int>> letters;
            weir::run(weir::from(numbers(n)) | weir::micro_batch(128) |
                      weir::process(Store{&rows, &calls, bad}, weir::dead_letter(weir::collect_into(letters))));
            Ints good;
            Ints blamed;
            for (const int x : numbers(n)) (x % bad == 0 ? blamed : good).push_back(x);
            CHECK(rows == good);
            Ints found;
            for (const auto& letter : letters) {
                found.push_back(letter.event);
                CHECK(letter.what() == "bad " + std::to_string(letter.event));
            }
            CHECK(found == blamed);
        }
}

TEST_CASE("one bad event in a batch of n takes about 2 log2(n) calls") {
    Ints rows;
    int calls = 0;
    weir::run(weir::from(numbers(1024)) | weir::micro_batch(1024) | weir::process(Store{&rows, &calls, 777}, weir::drop()));
    CHECK(calls == 21);
    CHECK(rows.size() == 1023);
}

TEST_CASE("repeatable(p) says it for a function; each part that succeeded gives its result") {
    Ints sums;
    const auto sum_without_five = weir::repeatable([](std::span<int> batch) {
        for (const int x : batch)
            if (x == 5) throw std::runtime_error("five");
        return std::accumulate(batch.begin(), batch.end(), 0);
    });
    weir::run(weir::from(numbers(8)) | weir::micro_batch(8) | weir::process(sum_without_five, weir::drop()) | weir::collect_into(sums));
    CHECK(std::accumulate(sums.begin(), sums.end(), 0) == 36 - 5);
    CHECK(sums == Ints{10, 6, 15});
}

TEST_CASE("bisection and one result per event go together, either way round") {
    const auto tenfold = [](std::span<int> batch) {
        Ints out;
        for (const int x : batch) {
            if (x % 3 == 0) throw std::runtime_error("three");
            out.push_back(x * 10);
        }
        return out;
    };
    const std::vector<Event<int>> events{{1, at(1)}, {2, at(2)}, {3, at(3)}, {4, at(4)}, {5, at(5)}, {6, at(6)}};
    const std::vector<Event<int>> expected{{10, at(1)}, {20, at(2)}, {40, at(4)}, {50, at(5)}};
    std::vector<Event<int>> results;
    weir::run(weir::from(events) | weir::micro_batch(4) | weir::process(weir::repeatable(weir::per_event(tenfold)), weir::drop()) |
              weir::collect_into(results));
    CHECK(results == expected);
    results.clear();
    weir::run(weir::from(events) | weir::micro_batch(4) | weir::process(weir::per_event(weir::repeatable(tenfold)), weir::drop()) |
              weir::collect_into(results));
    CHECK(results == expected);
}

TEST_CASE("without a policy bisection names the event to blame") {
    Ints rows;
    int calls = 0;
    CHECK_THROWS_WITH(weir::run(weir::from(numbers(20)) | weir::micro_batch(8) | weir::process(Store{&rows, &calls, 11})), "process#1: event 11: bad 11");
    CHECK(rows == numbers(10));
}

TEST_CASE("an error behind a processor is not blamed on its events") {
    const auto copy = weir::repeatable([](std::span<int> batch) { return Ints(batch.begin(), batch.end()); });
    int seen = 0;
    CHECK_THROWS_WITH(weir::run(weir::from(numbers(8)) | weir::micro_batch(4) | weir::process(copy, weir::drop()) | weir::for_each([&](const Ints&) {
                                    ++seen;
                                    throw std::runtime_error("behind");
                                })),
                      "behind");
    CHECK(seen == 1);
}

TEST_CASE("the side chain may have stages and ends before the job does") {
    Ints values;
    Ints letters;
    weir::run(weir::from(numbers(500)) | weir::micro_batch(50) |
              weir::process(square_odd, weir::dead_letter(weir::stage({.capacity = 4}) | weir::for_each([&](const Rejected<int>& r) { letters.push_back(r.event); }))) |
              weir::collect_into(values));
    CHECK(values.size() == 250);
    CHECK(letters.size() == 250);
}

} // namespace
