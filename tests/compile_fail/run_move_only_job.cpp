// expect: run\(job\), start\(job\): they copy the operators of a job that has a name
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <utility>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    auto job = weir::from(numbers) | weir::for_each([owned = std::make_unique<int>(1)](int) {});
#ifdef FIXED
    weir::run(std::move(job));
#else
    weir::run(job);
#endif
}
