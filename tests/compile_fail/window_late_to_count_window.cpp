// expect: late_to\(chain\): nothing comes too late for count_window\(n\) or global_window\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::window(weir::tumbling(1s).late_to(weir::for_each([](int) {}))));
#else
    static_cast<void>(weir::window(weir::count_window(100).late_to(weir::for_each([](int) {}))));
#endif
}
