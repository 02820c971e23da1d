// expect: async_map\(n, fn, order, policy\): fn cannot be called with this pipeline.s events\. Accepted: R fn\(const T&\) that may wait
// SPDX-License-Identifier: BSL-1.0
#include <weir/async.hpp>
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::async_map(4, [](int x, weir::Completion<int> done) { done(x); }, weir::unordered);
#else
    const auto op = weir::async_map(4, [](int x, auto done) { done(x); }, weir::unordered);
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
