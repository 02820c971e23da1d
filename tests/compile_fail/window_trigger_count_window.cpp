// expect: count_window\(n\).trigger\(when\): it gives each window when it is full, and nothing else. Write global_window\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::global_window().trigger(weir::after_count(100)).discarding());
#else
    static_cast<void>(weir::count_window(100).trigger(weir::after_count(10)));
#endif
}
