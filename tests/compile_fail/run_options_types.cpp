// expect: RunOptions: \.figures takes a duration, how often latency is sampled at most: write \.figures = 10ms
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    const std::vector<int> numbers{1, 2, 3};
    const auto job = weir::from(numbers) | weir::for_each([](int) {});
#ifdef FIXED
    const weir::SystemClock clock;
    const weir::RunOptions options{.figures = 10ms};
    weir::run(job, {.workers = 2, .memory = 1000000, .clock = &clock, .scratch = "/tmp", .progress = [](const auto&) {}, .figures = 10ms, .at_most = {.event_bytes = 8}});
    weir::run(job, {});
    weir::run(job, options);
    weir::start(job, {.wait = weir::Wait::yield}).wait();
    static_cast<void>(weir::stepper(job, {.figures = 10ms, .pin = true}));
#else
    weir::run(job, {.workers = 2, .figures = 10});
#endif
}
