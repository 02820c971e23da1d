// expect: count_window\(n\).accumulating\(\), .discarding\(\): it gives each window once
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::count_window(100));
#else
    static_cast<void>(weir::count_window(100).discarding());
#endif
}
