// expect: fold\(init, add, merge\): it takes the state to begin with
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
    const std::vector<std::string> words{"one", "two"};
#ifdef FIXED
    weir::run(weir::from(words) | weir::aggregate(weir::fold(0, [](int n, const std::string&) { return n + 1; }, [](int a, int b) { return a + b; })) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(words) | weir::aggregate(weir::fold([](int n, const std::string&) { return n + 1; })) | weir::for_each([](const auto&) {}));
#endif
}
