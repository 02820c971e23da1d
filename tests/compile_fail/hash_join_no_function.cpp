// expect: hash_join\(left, right\): without a function only hash_join<JoinType::semi> and anti
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Order {
    int id;
    int customer;
};

int main() {
    std::vector<Order> orders;
    const auto by_id = [&orders] { return weir::from(orders) | weir::key_by(&Order::id); };
    const auto sum = [](const Order& l, const Order& r) { return l.id + r.id; };
    const auto sink = weir::for_each([](const auto&) {});
    static_cast<void>(sum);
#ifdef FIXED
    weir::run(weir::hash_join(by_id(), by_id(), sum) | sink);
#else
    weir::run(weir::hash_join(by_id(), by_id()) | sink);
#endif
}
