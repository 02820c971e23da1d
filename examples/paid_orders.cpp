// SPDX-License-Identifier: BSL-1.0
// Orders and their payments, two streams that run beside each other: what was paid within the hour, and what was not.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using Minutes = std::chrono::sys_time<std::chrono::minutes>;

struct Order {
    int id;
    std::string item;
    Minutes time;
};
struct Payment {
    int order;
    int euros;
    Minutes time;
};
struct Outcome {
    int order;
    std::string text;
};

int main() {
    const auto at = [](int minute) { return Minutes{std::chrono::minutes(minute)}; };
    const std::vector<Order> orders{{1, "lamp", at(0)}, {2, "desk", at(10)}, {3, "chair", at(25)}, {4, "shelf", at(90)}};
    const std::vector<Payment> payments{{2, 120, at(12)}, {1, 35, at(31)}, {3, 60, at(95)}, {4, 80, at(100)}};

    // A payment may be booked a minute before its order is seen, and an hour behind it at most.
    const auto settle = [](const Order& o, const Payment* p) {
        return Outcome{o.id, p != nullptr ? fmt::format("{} for {} euros", o.item, p->euros) : o.item + " is not paid"};
    };
    weir::run(weir::interval_join(weir::from(orders) | weir::event_time(&Order::time) | weir::key_by(&Order::id),
                                  weir::from(payments) | weir::event_time(&Payment::time) | weir::key_by(&Payment::order),
                                  weir::within(-1min, 1h).left_outer(), settle) |
              weir::for_each([](const Outcome& o) { fmt::print("order {}: {}\n", o.order, o.text); }));
}

// Output:
// order 2: desk for 120 euros
// order 1: lamp for 35 euros
// order 3: chair is not paid
// order 4: shelf for 80 euros
