// expect: a pipeline cannot stand right of \|: it has a source already\. Use merge\(pipeline, pipeline\) to join two\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::take(2);
#else
    const auto chain = weir::from(numbers) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](int) {}));
}
