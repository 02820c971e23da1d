// expect: allowed_lateness\(d\): nothing comes too late for count_window\(n\) or global_window\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::tumbling(10min).allowed_lateness(1min));
#else
    static_cast<void>(weir::global_window().allowed_lateness(1min));
#endif
}
