// expect: record_sliding\(d\).trigger\(when\): it gives each window once, when the watermark has reached its end
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::record_sliding(10s));
#else
    static_cast<void>(weir::record_sliding(10s).trigger(weir::each()));
#endif
}
