// SPDX-License-Identifier: BSL-1.0
// What the tests of this folder share: inputs, and one line that applies all laws to an operator.
#pragma once
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace laws {

/// Small numbers in no order, with repetitions.
inline std::vector<int> numbers(std::size_t n, std::uint64_t seed = 7) {
    weir::Random random(seed);
    std::vector<int> v;
    while (v.size() < n) {
        const int x = static_cast<int>(random.below(40));
        v.insert(v.end(), random.one_in(4) ? 3U : 1U, x);
    }
    v.resize(n);
    return v;
}

/// The same as events with times, some of them late, with watermarks between them.
inline weir::TestStream<int> timed(std::size_t n, std::uint64_t seed = 7) {
    weir::Random random(seed);
    weir::TestStream<int> script;
    std::int64_t now = 100;
    for (const int x : numbers(n, seed)) {
        now += static_cast<std::int64_t>(random.below(5));
        script.event(x, weir::Timestamp(std::chrono::seconds(now - static_cast<std::int64_t>(random.below(8)))));
        if (random.one_in(3)) script.watermark(weir::Timestamp(std::chrono::seconds(now - 5)));
        if (random.one_in(20)) script.idle();
    }
    return script;
}

/// All laws on plain and on timed events, owned and lent, for what make(source, sink, fault) puts between source and sink.
template <typename Make>
void hold_for(Make make, weir::LawOptions options = {}) {
    options.runs = 12;
    const auto without_fault = [make](auto source, auto sink) { return make(std::move(source), std::move(sink), weir::Fault()); };
    weir::check_laws(numbers(70), make, options);
    weir::check_laws(std::vector<int>{}, make, options);
    weir::check_lent(numbers(70), without_fault, options);
    const weir::TestStream<int> script = timed(60);
    weir::detail::check_equivalence_of<true>(script.items(), without_fault, options);
    weir::check_recovery(script, without_fault, options);
}

/// The operator alone: op(fault) makes it.
template <typename Op>
void hold_for_operator(Op op, weir::LawOptions options = {}) {
    hold_for([op](auto source, auto sink, const weir::Fault& fault) { return std::move(source) | op(fault) | std::move(sink); }, options);
}

/// A chain of it with others around it, so that it is neither first nor last.
template <typename Op>
void hold_inside(Op op, weir::LawOptions options = {}) {
    options.runs = 8;
    weir::check_laws(
        numbers(70),
        [op](auto source, auto sink, const weir::Fault& fault) {
            return std::move(source) | weir::filter([](int x) { return x % 7 != 0; }) | op(fault) | weir::enumerate() | std::move(sink);
        },
        options);
}

/// Calls the fault, then is fn.
template <typename Fn>
auto failing(const weir::Fault& fault, Fn fn) {
    return [fault, fn](const auto&... args) {
        fault();
        return fn(args...);
    };
}

inline constexpr auto is_even = [](int x) { return x % 2 == 0; };
inline constexpr auto is_small = [](int x) { return x < 30; };

} // namespace laws
