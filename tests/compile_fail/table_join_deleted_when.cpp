// expect: table\(...\)\.deleted_when\(fn\): fn must say of an event of the table whether it deletes
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
    weir::run(weir::table_join(timed(), weir::table(timed()).deleted_when([](const Order& o) { return o.id == 0; }), sum) | sink);
#else
    weir::run(weir::table_join(timed(), weir::table(timed()).deleted_when([](int) { return true; }), sum) | sink);
#endif
}
