// expect: tumbling\(size\): it takes a time with its unit
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::window(weir::tumbling(10s)));
#else
    static_cast<void>(weir::window(weir::tumbling));
#endif
}
