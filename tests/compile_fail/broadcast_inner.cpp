// expect: map\(fn\): fn cannot be called with
// SPDX-License-Identifier: BSL-1.0
// notes: InsideBroadcast
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
    weir::run(weir::from(input) | weir::broadcast(weir::map(text) | weir::map([](const std::string& s) { return s; }) | sink, sink));
#else
    weir::run(weir::from(input) | weir::broadcast(weir::map([](const std::string& s) { return s; }) | sink, sink));
#endif
}
