// expect: sort_by\(projection\): this stream has no end, so it can never be sorted\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>

struct Sensor {
    using event_type = int;
    std::optional<int> next() { return 1; }
};

int main() {
    const auto by_value = weir::sort_by([](int x) { return x; });
    const auto show = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from(Sensor{}) | weir::take(3) | by_value | show);
#else
    weir::run(weir::from(Sensor{}) | by_value | show);
#endif
}
