// expect: quantile\(projection, q\): q says which, from 0 to 1
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
    const std::vector<std::string> words{"one", "two"};
#ifdef FIXED
    weir::run(weir::from(words) | weir::aggregate(weir::quantile(&std::string::size, 1)) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(words) | weir::aggregate(weir::quantile(0.5, &std::string::size)) | weir::for_each([](const auto&) {}));
#endif
}
