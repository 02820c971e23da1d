// expect: pure\(fn\): fn is a mutable lambda, or its operator\(\) is not const, so what it gives may depend on the calls before\. Leave pure out, or keep that state in scan\(state, fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    int sum = 0;
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::map(weir::pure([](int x) { return x + 1; })) | weir::fold_into(sum));
#else
    weir::run(weir::from(numbers) | weir::map(weir::pure([n = 0](int x) mutable { return x + n++; })) | weir::fold_into(sum));
#endif
}
