// expect: the keys of the sides are not of the same type\. Convert one in its key_by
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
    const auto sum = [](const Order& l, const Order& r) { return l.id + r.id; };
    const auto sink = weir::for_each([](const auto&) {});
    static_cast<void>(sum);
#ifdef FIXED
    weir::run(weir::interval_join(timed(), timed(), weir::within(0s, 1s), sum) | sink);
#else
    weir::run(weir::interval_join(timed(), weir::from(orders) | weir::event_time(&Order::time) | weir::key_by(&Order::other), weir::within(0s, 1s), sum) | sink);
#endif
}
