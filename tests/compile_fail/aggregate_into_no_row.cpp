// expect: into<Row>\(aggregates\.\.\.\): it needs the type to make
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
    const std::vector<std::string> words{"one", "two"};
#ifdef FIXED
    weir::run(weir::from(words) | weir::aggregate(weir::count(), weir::into<std::vector<std::string>>(weir::min())) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(words) | weir::aggregate(weir::count(), weir::into(weir::min())) | weir::for_each([](const auto&) {}));
#endif
}
