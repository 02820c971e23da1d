// expect: late_left_to\(chain\), late_right_to\(chain\): late_to\(chain\) takes what is late already
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
    const auto sum = [](const Order& l, const Order& r) { return l.id + r.id; };
    const auto late = weir::tumbling(1s).late_to(sink);
    static_cast<void>(late);
#ifdef FIXED
    weir::run(weir::window_join(timed(), timed(), late, sum) | sink);
#else
    weir::run(weir::window_join(timed(), timed(), late.late_left_to(sink), sum) | sink);
#endif
}
