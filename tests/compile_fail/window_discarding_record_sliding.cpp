// expect: record_sliding\(d\).accumulating\(\), .discarding\(\): it gives each window once
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::record_sliding(10s));
#else
    static_cast<void>(weir::record_sliding(10s).discarding());
#endif
}
