// SPDX-License-Identifier: BSL-1.0
#include "laws/laws.hpp"

#include <numeric>
#include <span>

using laws::failing;
using laws::hold_for_operator;

namespace {

constexpr auto sum_of = [](std::span<const int> batch) { return std::accumulate(batch.begin(), batch.end(), 0); };

} // namespace

TEST_CASE("micro_batch keeps the laws") {
    for (const std::size_t size : {1U, 3U, 50U})
        weir::check_laws(laws::numbers(70), [size](auto source, auto sink) { return std::move(source) | weir::micro_batch(size) | std::move(sink); },
                         {.runs = 8});
}

TEST_CASE("micro_batch | unbatch is the identity on events and their marks, and keeps the laws") {
    for (const std::size_t size : {1U, 4U, 100U}) {
        hold_for_operator([size](const weir::Fault&) { return weir::micro_batch(size) | weir::unbatch(); });
        const weir::TestStream<int> script = laws::timed(60);
        const auto none = [](auto source, auto sink) { return std::move(source) | weir::map([](int x) { return x; }) | std::move(sink); };
        const auto batched = [size](auto source, auto sink) {
            return std::move(source) | weir::micro_batch(size) | weir::unbatch() | weir::map([](int x) { return x; }) | std::move(sink);
        };
        const auto expected = weir::detail::run_truth<true>(script.items(), none);
        const auto got = weir::detail::run_truth<true>(script.items(), batched);
        REQUIRE(weir::detail::difference(*expected.captured, *got.captured, weir::Order::total, 0, true) == "");
    }
}

TEST_CASE("a processor that gives a value keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::micro_batch(4) | weir::process(failing(fault, sum_of)); });
}

TEST_CASE("a processor that gives a result per event keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        const auto doubled = [](std::span<const int> batch) {
            std::vector<int> results;
            for (const int x : batch) results.push_back(2 * x);
            return results;
        };
        return weir::micro_batch(4) | weir::process(weir::per_event(failing(fault, doubled)));
    });
}

TEST_CASE("whole keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::whole() | weir::process(failing(fault, sum_of)); });
}

TEST_CASE("partial and combine keep the laws") {
    hold_for_operator([](const weir::Fault&) {
        return weir::micro_batch(4) | weir::process(weir::partial(weir::count())) | weir::combine(weir::count());
    });
}

TEST_CASE("micro_batch with linger keeps the laws under a simulated clock and scripted arrival") {
    using namespace std::chrono_literals;
    weir::Random random(3);
    weir::TestStream<int> script;
    for (int i = 0; i < 60; ++i) {
        script.event(i, weir::Timestamp(std::chrono::seconds(i)));
        if (random.one_in(3)) script.watermark(weir::Timestamp(std::chrono::seconds(i - 2)));
        if (random.one_in(3)) script.advance(std::chrono::milliseconds(random.between(1, 15)));
    }
    weir::check_laws(script, [](auto source, auto sink) {
        return std::move(source) | weir::micro_batch(5, 10ms) | weir::process(sum_of) | std::move(sink);
    }, {.runs = 12});
}
