// expect: late_to\(chain\): it takes a chain that ends in a sink
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::window(weir::tumbling(10s).late_to(weir::for_each([](int) {}))));
#else
    static_cast<void>(weir::window(weir::tumbling(10s).late_to()));
#endif
}
