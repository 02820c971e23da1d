// expect: aggregate\(...\): its windows give panes by the job's clock \(after_delay\(d\), or_after\(d\)\), but this source cannot wait with a deadline. Put stage\(\) before key_by and window
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <optional>

struct Sensor {
    using event_type = int;
    std::optional<int> next() { return std::nullopt; }
};

int main() {
    using namespace std::chrono_literals;
    const auto counts = weir::window(weir::global_window().trigger(weir::after_count(100).or_after(1s))) | weir::aggregate(weir::count()) |
                        weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::from(Sensor{}) | weir::stage() | counts);
#else
    weir::run(weir::from(Sensor{}) | counts);
#endif
}
