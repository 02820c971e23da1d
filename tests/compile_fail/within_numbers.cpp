// expect: within\(lower, upper\): it takes two times
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::within(-1s, 1s));
#else
    static_cast<void>(weir::within(-1, 1));
#endif
}
