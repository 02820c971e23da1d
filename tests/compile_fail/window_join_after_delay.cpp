// expect: window_join, cogroup: the windows give panes by the job's clock \(after_delay\(d\), or_after\(d\)\), but a source of the two cannot wait with a deadline. Put stage\(\) behind that source
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <optional>

struct Reading {
    int id;
};
struct Sensor {
    using event_type = weir::Event<Reading>;
    std::optional<event_type> next() { return std::nullopt; }
};

int main() {
    using namespace std::chrono_literals;
    const auto windows = weir::tumbling(10s).trigger(weir::after_watermark().early(weir::after_delay(1s)));
    const auto both = [](const Reading& a, const Reading& b) { return a.id + b.id; };
    const auto show = weir::for_each([](const auto&) {});
    const auto key = weir::key_by(&Reading::id);
#ifdef FIXED
    weir::run(weir::window_join(weir::from(Sensor{}) | weir::stage() | key, weir::from(Sensor{}) | weir::stage() | key, windows, both) | show);
#else
    weir::run(weir::window_join(weir::from(Sensor{}) | key, weir::from(Sensor{}) | weir::stage() | key, windows, both) | show);
#endif
}
