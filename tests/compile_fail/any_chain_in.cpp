// expect: AnyChain<In, Out>: the events of this pipeline are not of type In
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <string>
#include <vector>

int main() {
    std::vector<int> input{1, 2, 3};
    const auto sink = weir::for_each([](const auto&) {});
    const auto half = [](int x) { return x / 2; };
    const auto is_even = [](int x) { return x % 2 == 0; };
    const auto text = [](int x) { return std::to_string(x); };
    static_cast<void>(half), static_cast<void>(is_even), static_cast<void>(text), static_cast<void>(sink);
#ifdef FIXED
    weir::AnyChain<int, int> any = weir::map(half); weir::run(weir::from(input) | any | sink);
#else
    weir::AnyChain<std::string, std::string> any = weir::filter([](const std::string&) { return true; }); weir::run(weir::from(input) | any | sink);
#endif
}
