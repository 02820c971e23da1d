// expect: map\(fn\): fn cannot be called with this pipeline's events
// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <string>
#include <vector>

void simulated() {
    weir::simulate(std::vector<int>{1, 2, 3}, [](auto source, auto sink) {
#ifdef FIXED
        return source | weir::map([](int n) { return n + 1; }) | sink;
#else
        return source | weir::map([](const std::string& text) { return text.size(); }) | sink;
#endif
    });
}
