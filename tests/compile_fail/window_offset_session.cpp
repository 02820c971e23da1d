// expect: offset\(d\): it shifts the borders of tumbling, sliding and cumulative windows
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>

int main() {
    using namespace std::chrono_literals;
#ifdef FIXED
    static_cast<void>(weir::tumbling(1min).offset(5s));
#else
    static_cast<void>(weir::session(1min).offset(5s));
#endif
}
