// expect: key_by\(projection\.\.\.\): a projection cannot be called .* called as const \(no mutable lambda\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>
#include <vector>

struct E {
    int id;
    weir::Timestamp time;
};

int main() {
    const std::vector<E> input;
    const auto sink = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::from(input) | weir::key_by(&E::id, [](const E& e) { return e.id; }) | weir::aggregate(weir::count()) | sink);
#else
    weir::run(weir::from(input) | weir::key_by(&E::id, [n = 0](const E& e) mutable { return e.id + n++; }) | weir::aggregate(weir::count()) | sink);
#endif
}
