// expect: from\(x\): it takes one queue, source or range
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> odd{1, 3}, even{2, 4};
#ifdef FIXED
    weir::run(weir::merge(weir::from(odd), weir::from(even)) | weir::for_each([](int) {}));
#else
    weir::run(weir::from(odd, even) | weir::for_each([](int) {}));
#endif
}
