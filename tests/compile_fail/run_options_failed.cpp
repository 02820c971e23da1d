// expect: RunOptions: \.failed takes a function that can be copied and called with a const Failure&
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto job = weir::from(numbers) | weir::for_each([](int) {});
    std::string where;
#ifdef FIXED
    weir::run(job, {.workers = 2, .failed = [&where](const weir::Failure& at) { where = to_string(at); }});
#else
    weir::run(job, {.workers = 2, .failed = &where});
#endif
}
