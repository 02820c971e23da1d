// expect: run\(job, options\): options are named, in braces: run\(job, \{\.workers = 4\}\)\. What the job is made of is joined by \| before
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers), weir::for_each([](const auto&) {}));
#endif
}
