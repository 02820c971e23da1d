// expect: check_laws\(input, make\), and the like: make is a function that makes the pipeline
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>
#include <weir/testing.hpp>

#include <utility>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::check_laws(numbers, [](auto source, auto sink) { return std::move(source) | weir::map([](int x) { return x; }) | std::move(sink); });
#else
    weir::check_laws(numbers, weir::map([](int x) { return x; }));
#endif
}
