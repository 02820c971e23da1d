// expect: trigger\(when\): when says at what a window gives its result
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::window(weir::tumbling(10s).trigger(weir::every(1s))));
#else
    static_cast<void>(weir::window(weir::tumbling(10s).trigger(1s)));
#endif
}
