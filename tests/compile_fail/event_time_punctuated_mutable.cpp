// expect: event_time\(projection, strategy\): this is no watermark strategy .* as const \(no mutable lambda\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>
#include <vector>

struct E {
    int id;
    weir::Timestamp time;
};

int main() {
    const std::vector<E> input;
    const auto sink = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::from(input) | weir::event_time(&E::time, weir::punctuated([](const E& e) { return e.id % 2 == 0 ? std::optional(e.time) : std::nullopt; })) | sink);
#else
    weir::run(weir::from(input) | weir::event_time(&E::time, weir::punctuated([n = 0](const E& e) mutable { return ++n % 2 == 0 ? std::optional(e.time) : std::nullopt; })) | sink);
#endif
}
