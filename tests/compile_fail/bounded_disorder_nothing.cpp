// expect: bounded_disorder\(disorder\): it takes a time with its unit
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

using namespace std::chrono_literals;

int main() {
#ifdef FIXED
    static_cast<void>(weir::bounded_disorder(5s));
#else
    static_cast<void>(weir::bounded_disorder());
#endif
}
