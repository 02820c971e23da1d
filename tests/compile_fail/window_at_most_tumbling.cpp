// expect: at_most\(d\): it says, once, how long a session may be; other windows have their length
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::session(1min).at_most(5min));
#else
    static_cast<void>(weir::tumbling(1min).at_most(5min));
#endif
}
