// expect: after_watermark\(\).late\(when\): late panes are given at each event, or not. Write late\(each\(\)\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::after_watermark().late(weir::each()));
#else
    static_cast<void>(weir::after_watermark().late(weir::after_count(5)));
#endif
}
