// expect: for_each\(handler\): the handler cannot take this pipeline's events\. Accepted: fn\(T\), fn\(const T&\), an object with on_event\(const T&\), std::ref of one\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::for_each([](int) {});
#else
    const auto chain = weir::skip(1) | weir::for_each([](const std::string&) {});
#endif
    weir::run(weir::from(numbers) | chain);
}
