// expect: window\(...\).trigger\(never\(\)\): it would never give a result
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::tumbling(1min).trigger(weir::after_watermark().late(weir::never())));
#else
    static_cast<void>(weir::tumbling(1min).trigger(weir::never()));
#endif
}
