// expect: this is a chain without a source: begin it with from\(source\) \|\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::from(numbers) | weir::skip(1);
#else
    const auto chain = weir::skip(1) | weir::take(2);
#endif
    weir::run(chain | weir::for_each([](int) {}));
}
