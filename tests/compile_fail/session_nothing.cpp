// expect: session\(gap\): it takes one time with its unit, or a function
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::window(weir::session(30s).allowed_lateness(1s)));
#else
    static_cast<void>(weir::window(weir::session().allowed_lateness(1s)));
#endif
}
