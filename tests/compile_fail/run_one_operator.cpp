// expect: this is a chain without a source: begin it with from\(source\) \|\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto job = weir::from(numbers) | weir::for_each([](int) {});
#else
    const auto job = weir::for_each([](int) {});
#endif
    weir::run(job);
}
