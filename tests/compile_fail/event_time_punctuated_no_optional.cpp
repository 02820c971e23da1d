// expect: event_time\(projection, strategy\): this is no watermark strategy
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <optional>
#include <vector>

struct E {
    std::chrono::sys_time<std::chrono::milliseconds> time;
};

int main() {
    std::vector<E> input;
    const auto sink = weir::for_each([](const E&) {});
#ifdef FIXED
    weir::run(weir::from(input) | weir::event_time(&E::time, weir::punctuated([](const E& e) { return std::optional(e.time); })) | sink);
#else
    weir::run(weir::from(input) | weir::event_time(&E::time, weir::punctuated(&E::time)) | sink);
#endif
}
