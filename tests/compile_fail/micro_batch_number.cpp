// expect: micro_batch\(size, linger\): size is a number of events, linger a time
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::micro_batch(10, std::chrono::milliseconds(10)) | weir::unbatch() | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::micro_batch(10, 10) | weir::unbatch() | weir::for_each([](const auto&) {}));
#endif
}
