// expect: suppress\(...\): it knows no windows, which give one result for each key of themselves
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
    weir::run(weir::from(input) | key | weir::window(weir::tumbling(1s)) | weir::suppress(1min) | show);
#endif
}
