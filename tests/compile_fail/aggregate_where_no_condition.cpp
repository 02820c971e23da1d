// expect: where\(pred, aggregate\): it takes which values, and what of them
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
    const std::vector<std::string> words{"one", "two"};
#ifdef FIXED
    weir::run(weir::from(words) | weir::aggregate(weir::where(&std::string::empty, weir::count())) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(words) | weir::aggregate(weir::where(weir::count())) | weir::for_each([](const auto&) {}));
#endif
}
