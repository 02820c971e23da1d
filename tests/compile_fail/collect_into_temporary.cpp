// expect: collect_into\(container\): it takes one container of yours, by its name
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    std::vector<int> results;
    weir::run(weir::from(numbers) | weir::collect_into(results));
#else
    weir::run(weir::from(numbers) | weir::collect_into(std::vector<int>{}));
#endif
}
