// expect: top_n\(n, projection\): this stream has no end, so its first are never known\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>

struct Sensor {
    using event_type = int;
    std::optional<int> next() { return 1; }
};

int main() {
    const auto least = weir::top_n(3, [](int x) { return x; });
    const auto show = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from(Sensor{}) | weir::take(30) | least | show);
#else
    weir::run(weir::from(Sensor{}) | least | show);
#endif
}
