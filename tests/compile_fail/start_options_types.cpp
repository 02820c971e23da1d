// expect: RunOptions: \.clock takes a pointer to a weir::Clock, which must outlive the job: write \.clock = &clock
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const weir::SystemClock clock;
#ifdef FIXED
    weir::start(weir::from(numbers) | weir::for_each([](int) {}), {.clock = &clock}).wait();
#else
    weir::start(weir::from(numbers) | weir::for_each([](int) {}), {.clock = clock}).wait();
#endif
}
