// expect: async_map\(n, fn, order, policy\): these events have the times of the job's clock, which goes on while a call waits
// SPDX-License-Identifier: BSL-1.0
#include <weir/async.hpp>
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto look_up = weir::async_map(4, [](int x) { return x; }, weir::ordered);
#ifdef FIXED
    const auto chain = look_up | weir::processing_time();
#else
    const auto chain = weir::processing_time() | look_up;
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
