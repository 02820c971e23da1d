// expect: top_k\(k, by\): the number comes first
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
    const auto some = weir::top_k(3, &E::price);
#else
    const auto some = weir::top_k(&E::price, 3);
#endif
    weir::run(weir::from(input) | weir::key_by(&E::id) | weir::aggregate(some) | weir::for_each([](const auto& row) { static_cast<void>(row.value); }));
}
