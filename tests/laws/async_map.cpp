// SPDX-License-Identifier: BSL-1.0
// The callers are tasks of the job, so a simulation has them answer in any order.
#include "laws/laws.hpp"

#include <weir/async.hpp>

namespace {

constexpr auto twice = [](int x) { return x * 2 + 1; };

} // namespace

TEST_CASE("async_map that keeps order keeps the laws") {
    laws::hold_for_operator([](const weir::Fault& fault) { return weir::async_map(3, laws::failing(fault, twice), weir::ordered, weir::drop()); }, {.handles_errors = true});
}

TEST_CASE("async_map that keeps no order keeps the laws: its events stay between their watermarks") {
    const auto make = [](auto source, auto sink, const weir::Fault&) {
        return std::move(source) | weir::filter([](int x) { return x % 7 != 0; }) | weir::async_map(3, twice, weir::unordered) |
               weir::stage({.capacity = 2}) | std::move(sink);
    };
    weir::check_laws(laws::timed(60), make, {.runs = 12});
}
