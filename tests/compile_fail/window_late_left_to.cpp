// expect: window\(\.\.\.\): late_left_to and late_right_to are for the sides of window_join and cogroup
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

struct Order {
    int id;
    long other;
    std::chrono::sys_seconds time;
};

int main() {
    std::vector<Order> orders;
    const auto timed = [&orders] { return weir::from(orders) | weir::event_time(&Order::time) | weir::key_by(&Order::id); };
    const auto sink = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(timed() | weir::window(weir::tumbling(1s).late_to(sink)) | weir::aggregate(weir::count()) | sink);
#else
    weir::run(timed() | weir::window(weir::tumbling(1s).late_left_to(sink)) | weir::aggregate(weir::count()) | sink);
#endif
}
