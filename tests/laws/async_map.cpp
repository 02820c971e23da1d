// SPDX-License-Identifier: BSL-1.0
// The callers are tasks of the job, so a simulation has them answer in any order.
#include "laws/laws.hpp"

#include <weir/async.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;

namespace {

/// Each third call fails, whichever event that meets.
struct Unreliable {
    std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
    int operator()(int x) const {
        if (++*calls % 3 == 0) throw std::runtime_error("try again");
        return x * 2 + 1;
    }
};

} // namespace

TEST_CASE("async_map that keeps order keeps the laws, also where calls fail and are made again") {
    laws::hold_for_operator([](const weir::Fault& fault) {
        return weir::async_map(3, [fault, call = Unreliable()](int x) {
            fault();
            return call(x);
        }, weir::ordered, weir::retry(1000, 1us));
    }, {.handles_errors = true});
}

TEST_CASE("async_map that keeps no order keeps the laws: its events stay between their watermarks, so those that are late stay so") {
    const auto make = [](auto source, auto sink, const weir::Fault&) {
        return std::move(source) | weir::filter([](int x) { return x % 7 != 0; }) | weir::async_map(3, Unreliable(), weir::unordered, weir::retry(1000, 1us)) |
               weir::drop_late() | weir::stage({.capacity = 2}) | std::move(sink);
    };
    weir::check_laws(laws::timed(60), make, {.runs = 12});
}
