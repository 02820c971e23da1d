// expect: sample\(n, seed\): this stream has no end, so its sample is never known\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>

struct Sensor {
    using event_type = int;
    std::optional<int> next() { return 1; }
};

int main() {
    const auto show = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from(Sensor{}) | weir::take(30) | weir::sample(3) | show);
#else
    weir::run(weir::from(Sensor{}) | weir::sample(3) | show);
#endif
}
