// expect: rows of the right side without a partner are given when the left side has ended
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Order {
    int id;
    int customer;
};

int main() {
    std::vector<Order> orders;
    weir::SpscQueue<Order> live{8};
    live.close();
    const auto by_id = [&orders] { return weir::from(orders) | weir::key_by(&Order::id); };
    const auto sum = [](const Order& l, const Order& r) { return l.id + r.id; };
    const auto sink = weir::for_each([](const auto&) {});
    static_cast<void>(sum);
#ifdef FIXED
    weir::run(weir::hash_join<weir::JoinType::left>(weir::from(live) | weir::key_by(&Order::id), by_id(), [](const Order& l, const Order*) { return l.id; }) | sink);
#else
    weir::run(weir::hash_join<weir::JoinType::full>(weir::from(live) | weir::key_by(&Order::id), by_id(), [](const Order*, const Order*) { return 1; }) | sink);
#endif
}
