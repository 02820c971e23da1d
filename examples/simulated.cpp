// SPDX-License-Identifier: BSL-1.0
// Is my pipeline right however it is run? simulate() runs it in steps drawn from a seed while tasks stall, queues are full, the job is
// stopped and functions fail, and names the seed that shows a mistake. It belongs into a test.
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

/// Leaves out readings that are as the last. A span is handled by a loop of its own, which begins each span anew: a mistake.
struct Changes {
    using kind = weir::OperatorKind;
    static constexpr weir::Drop drops = weir::Drop::filtered;
    static constexpr bool takes_span = true;
    int last = -1;

    template <typename Stream>
    using out = Stream;

    template <typename E, typename Next>
    void on_event(E&& reading, Next& next) {
        if (std::exchange(last, reading) != reading) next.on_event(std::forward<E>(reading));
    }
    template <typename E, typename Next>
    void on_span(std::span<E> readings, Next& next) {
        for (std::size_t i = 0; i < readings.size(); ++i)
            if (i == 0 || readings[i] != readings[i - 1]) next.on_event(int{readings[i]});
        last = readings.back();
    }
};

int main() {
    const std::vector<int> readings{20, 20, 21, 21, 21, 22, 22, 20, 20, 20, 21};

    // The source and the sink are the simulation's; fault() stands where a function of ours may fail.
    const auto with = [](auto op) {
        return [op](auto source, auto sink, const weir::Fault& fault) {
            return std::move(source) | weir::map([fault](int x) { return fault(), x; }) | weir::stage(4) | op | sink;
        };
    };
    weir::simulate(readings, with(weir::filter([](int x) { return x > 20; })), {.seeds = 50, .each_step = true});
    fmt::print("50 seeds, and nothing wrong\n");

    try {
        weir::simulate(readings, with(Changes{}));
    } catch (const weir::LawBroken& broken) { // what() says how it shows, and WEIR_SEED=... to see it again
        fmt::print("found\n");
    }
}

// Output:
// 50 seeds, and nothing wrong
// found
