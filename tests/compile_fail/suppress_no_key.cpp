// expect: suppress\(...\): this stream has no key, and it gives the latest event of each. Put key_by\(projection\) before it
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    const std::vector<weir::Event<int>> input;
    const auto key = weir::key_by([](int x) { return x; });
    const auto show = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from(input) | key | weir::suppress(1min) | show);
#else
    weir::run(weir::from(input) | weir::suppress(1min) | show);
#endif
}
