// expect: fold\(init, add, merge\): merge is missing
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct E {
    int id;
    double price;
};

int main() {
    const std::vector<E> input;
#ifdef FIXED
    const auto some = weir::fold(0.0, [](double s, const E& e) { return s + e.price; }, [](double s, double later) { return s + later; });
#else
    const auto some = weir::fold(0.0, [](double s, const E& e) { return s + e.price; });
#endif
    weir::run(weir::from(input) | weir::key_by(&E::id) | weir::aggregate(some) | weir::for_each([](const auto& row) { static_cast<void>(row.value); }));
}
