// expect: aggregate\(\.\.\.\): an aggregate cannot take .* called as const \(no mutable lambda\)
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
    weir::run(weir::from(input) | weir::aggregate(weir::sum([](const E& e) { return e.id; })) | sink);
#else
    weir::run(weir::from(input) | weir::aggregate(weir::sum([n = 0](const E& e) mutable { return e.id + n++; })) | sink);
#endif
}
