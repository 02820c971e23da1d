// expect: fold\(init, add, merge, finish\): merge or finish cannot take the state\. .* as const \(no mutable lambda\)
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
    weir::run(weir::from(input) | weir::aggregate(weir::fold(0, [](int a, const E& e) { return a + e.id; }, [](int a, const int& b) { return a + b; })) | sink);
#else
    weir::run(weir::from(input) | weir::aggregate(weir::fold(0, [](int a, const E& e) { return a + e.id; }, [n = 0](int a, const int& b) mutable { return a + b + n++; })) | sink);
#endif
}
