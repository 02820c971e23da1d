// expect: early\(when\): when says at what it gives early panes
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::window(weir::tumbling(10s).trigger(weir::after_watermark().early(weir::every(1s)))));
#else
    static_cast<void>(weir::window(weir::tumbling(10s).trigger(weir::after_watermark().early(1s))));
#endif
}
