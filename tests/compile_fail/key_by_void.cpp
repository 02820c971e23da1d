// expect: key_by\(projection\.\.\.\): the projection gives nothing
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
    const std::vector<std::string> words{"one", "two"};
#ifdef FIXED
    weir::run(weir::from(words) | weir::key_by([](const std::string& word) { return word.size(); }) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(words) | weir::key_by([](const std::string&) {}) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#endif
}
