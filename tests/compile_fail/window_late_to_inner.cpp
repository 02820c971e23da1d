// expect: filter\(fn\): fn cannot be called with
// SPDX-License-Identifier: BSL-1.0
// notes: InsideLateTo
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

using namespace std::chrono_literals;

struct E {
    int id;
    double price;
    std::chrono::sys_time<std::chrono::milliseconds> time;
    std::int64_t stamp;
};
struct Odd {
    int id;
    bool operator==(const Odd&) const = default;
};
struct Sensor {
    using event_type = E;
    std::optional<E> next() { return E{}; }
};
struct Row {
    std::uint64_t n; double m;
};

int main() {
    std::vector<E> input;
    const auto sink = weir::for_each([](const auto&) {});
    const auto timed = weir::event_time(&E::time);
    static_cast<void>(timed);
#ifdef FIXED
    weir::run(weir::from(input) | timed | weir::window(weir::tumbling(1s).late_to(weir::filter([](const E&) { return true; }) | sink)) | weir::aggregate(weir::count()) | sink);
#else
    weir::run(weir::from(input) | timed | weir::window(weir::tumbling(1s).late_to(weir::filter([](int) { return true; }) | sink)) | weir::aggregate(weir::count()) | sink);
#endif
}
