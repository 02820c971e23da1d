// expect: after_watermark\(\).late\(after_delay\(d\)\): late panes are not given by the job's clock. Write late\(each\(\)\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::after_watermark().early(weir::after_delay(1s)).late(weir::each()));
#else
    static_cast<void>(weir::after_watermark().late(weir::after_delay(1s)));
#endif
}
