// SPDX-License-Identifier: BSL-1.0
#include "laws/laws.hpp"

#include <numeric>
#include <span>
#include <stdexcept>

using laws::failing;
using laws::hold_for;
using laws::hold_for_operator;
using laws::hold_inside;

namespace {

int total(std::span<const int> batch) { return std::accumulate(batch.begin(), batch.end(), 0); }
std::vector<int> times_ten(std::span<const int> batch) {
    std::vector<int> results;
    for (const int x : batch) results.push_back(x * 10);
    return results;
}
std::vector<weir::Outcome<int>> odd_only(std::span<const int> batch) {
    std::vector<weir::Outcome<int>> results;
    for (const int x : batch) {
        if (x % 2 != 0) results.emplace_back(x);
        else results.emplace_back(std::make_exception_ptr(std::runtime_error("even")));
    }
    return results;
}

constexpr std::size_t sizes[] = {1, 2, 3, 7, 1000};

} // namespace

TEST_CASE("micro_batch and unbatch are the identity, marks and counts of what follows included, at any size") {
    for (const std::size_t size : sizes) {
        const auto identity = [size](auto source, auto sink) { return source | weir::micro_batch(size) | weir::unbatch() | sink; };
        const auto nothing = [](auto source, auto sink) { return source | sink; };
        const auto script = laws::timed(60);
        const auto& items = script.items();
        const auto expected = weir::detail::run_truth<true>(items, nothing);
        const auto got = weir::detail::run_truth<true>(items, identity);
        CHECK(weir::detail::difference(*expected.captured, *got.captured, weir::Order::total, 0, true) == "");
    }
}

TEST_CASE("micro_batch and unbatch keep the laws") {
    for (const std::size_t size : sizes) {
        CAPTURE(size);
        hold_for_operator([size](const weir::Fault&) { return weir::micro_batch(size) | weir::unbatch(); });
    }
    hold_inside([](const weir::Fault&) { return weir::micro_batch(4) | weir::unbatch(); });
}

TEST_CASE("batches in batches keep the laws") {
    hold_for_operator([](const weir::Fault&) {
        return weir::micro_batch(3) | weir::unbatch() | weir::micro_batch(4) | weir::unbatch();
    });
}

TEST_CASE("process with one value per batch keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::micro_batch(3) | weir::process(failing(fault, total)); };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("process with a range per batch, taken apart, keeps the laws") {
    const auto op = [](const weir::Fault& fault) {
        return weir::micro_batch(5) | weir::process(failing(fault, times_ten)) | weir::unbatch();
    };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("process with one result per event keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::micro_batch(5) | weir::process(weir::per_event(failing(fault, times_ten))); };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("process with Outcomes keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::micro_batch(4) | weir::process(failing(fault, odd_only), weir::drop()); });
    hold_for_operator([](const weir::Fault& fault) {
        return weir::micro_batch(4) | weir::process(failing(fault, odd_only), weir::dead_letter(weir::for_each([](const auto&) {})));
    });
}

TEST_CASE("process by bisection keeps the laws") {
    const auto picky = [](const weir::Fault& fault) {
        return weir::repeatable(weir::per_event([fault](std::span<const int> batch) {
            fault();
            for (const int x : batch)
                if (x % 5 == 0) throw std::runtime_error("five");
            return times_ten(batch);
        }));
    };
    weir::LawOptions options;
    options.handles_errors = true; // what the fault throws is blamed on events too
    hold_for_operator([picky](const weir::Fault& fault) { return weir::micro_batch(6) | weir::process(picky(fault), weir::drop()); }, options);
}

TEST_CASE("whole keeps the laws") {
    hold_for_operator([](const weir::Fault&) { return weir::whole() | weir::unbatch(); });
    hold_for_operator([](const weir::Fault& fault) { return weir::whole() | weir::process(failing(fault, total)); });
}

TEST_CASE("sort_by keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::sort_by(failing(fault, [](int x) { return x % 10; })); };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("partial and combine keep the laws") {
    weir::LawOptions options;
    hold_for_operator([](const weir::Fault& fault) {
        return weir::micro_batch(3) | weir::process(weir::partial(weir::sum(failing(fault, [](int x) { return x; })))) | weir::combine(weir::sum());
    });
    options.tolerance = 1e-9;
    hold_for_operator([](const weir::Fault&) {
        return weir::micro_batch(3) | weir::process(weir::partial(weir::variance())) | weir::combine(weir::variance());
    }, options);
}

TEST_CASE("micro_batch with linger keeps the laws while time passes only in the script") {
    using namespace std::chrono_literals;
    weir::TestStream<int> script;
    for (int i = 0; i < 30; ++i) {
        script.event(i, weir::Timestamp(std::chrono::seconds(i)));
        if (i % 4 == 3) script.watermark(weir::Timestamp(std::chrono::seconds(i)));
        if (i % 5 == 2) script.advance(20ms);
    }
    weir::LawOptions options;
    options.threads = false;
    const auto op = [](auto source, auto sink) { return source | weir::micro_batch(4, 10ms) | weir::process(total) | sink; };
    weir::check_equivalence(script, op, options);
}
