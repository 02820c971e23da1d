// expect: count_window\(n, slide\): it takes whole numbers of events
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::window(weir::count_window(10)));
#else
    static_cast<void>(weir::window(weir::count_window(10s)));
#endif
}
