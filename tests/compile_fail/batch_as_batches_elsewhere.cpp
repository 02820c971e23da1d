// expect: as_batches\(\): it gives the batches of a BatchSource as they are, so it must stand directly behind from\(a batch source\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>

struct Blocks {
    using event_type = int;
    std::span<const int> next_batch() { return {}; }
};

int main() {
    const auto show = weir::for_each([](std::span<const int>) {});
#ifdef FIXED
    weir::run(weir::from(Blocks{}) | weir::as_batches() | show);
#else
    weir::run(weir::from(Blocks{}) | weir::filter([](int) { return true; }) | weir::as_batches() | show);
#endif
}
