// SPDX-License-Identifier: BSL-1.0
// core/ needs nothing but the standard library: no fmt, no other flag than -I include.
#include <weir/core.hpp>

int main() {
    static_assert(weir::is_timed<weir::Event<int>>);
}
