// expect: retry\(n, backoff, then\): backoff is a number without a unit\. Write retry\(3, 10ms\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::try_map([](int x) { return x; }, weir::retry(3, std::chrono::milliseconds(10))) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::try_map([](int x) { return x; }, weir::retry(3, 10)) | weir::for_each([](const auto&) {}));
#endif
}
