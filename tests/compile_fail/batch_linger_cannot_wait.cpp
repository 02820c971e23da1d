// expect: micro_batch with linger: this source cannot wait with a deadline; put stage\(\) before it
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <optional>
#include <span>

struct Sensor {
    using event_type = int;
    std::optional<int> next() { return std::nullopt; }
};

int main() {
    using namespace std::chrono_literals;
    const auto show = weir::for_each([](std::span<int>) {});
#ifdef FIXED
    weir::run(weir::from(Sensor{}) | weir::stage() | weir::micro_batch(100, 10ms) | show);
#else
    weir::run(weir::from(Sensor{}) | weir::micro_batch(100, 10ms) | show);
#endif
}
