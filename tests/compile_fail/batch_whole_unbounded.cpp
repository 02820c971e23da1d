// expect: whole\(\): this stream has no end, so there is never a whole\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>
#include <span>

struct Sensor {
    using event_type = int;
    std::optional<int> next() { return 1; }
};

int main() {
    const auto show = weir::for_each([](std::span<int>) {});
#ifdef FIXED
    weir::run(weir::from(Sensor{}) | weir::take(3) | weir::whole() | show);
#else
    weir::run(weir::from(Sensor{}) | weir::whole() | show);
#endif
}
