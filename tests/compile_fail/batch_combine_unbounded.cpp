// expect: combine\(aggregate\): this stream has no end, so there would never be a result\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>

struct Sensor {
    using event_type = int;
    std::optional<int> next() { return 1; }
};

int main() {
    const auto mean = weir::micro_batch(2) | weir::process(weir::partial(weir::mean())) | weir::combine(weir::mean()) | weir::for_each([](double) {});
#ifdef FIXED
    weir::run(weir::from(Sensor{}) | weir::take(4) | mean);
#else
    weir::run(weir::from(Sensor{}) | mean);
#endif
}
