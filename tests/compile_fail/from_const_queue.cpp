// expect: from\(x\): x is const, and a source changes when it gives events
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>

struct Sensor {
    using event_type = int;
    static constexpr bool bounded = true;
    std::optional<int> next() { return std::nullopt; }
};

int main() {
    weir::SpscQueue<int> queue{4};
    const auto& same = queue;
    const auto sink = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::from(queue) | weir::map([](int i) { return i + 1; }) | sink);
#else
    weir::run(weir::from(same) | weir::map([](int i) { return i + 1; }) | sink);
#endif
}
