// expect: sliding\(size, slide\): it takes two times with their units
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::window(weir::sliding(1min, 10s)));
#else
    static_cast<void>(weir::window(weir::sliding(1min)));
#endif
}
