// expect: not_before\(t\): it is for record_sliding\(d\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::record_sliding(10s).not_before(weir::Timestamp()));
#else
    static_cast<void>(weir::tumbling(10s).not_before(weir::Timestamp()));
#endif
}
