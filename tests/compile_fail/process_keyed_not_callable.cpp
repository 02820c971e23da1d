// expect: process_keyed<State, Out>\(fn\): fn cannot be called
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <functional>
#include <vector>

int main() {
    const std::vector<int> numbers;
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::key_by(std::identity()) | weir::process_keyed<int, int>([](int x, int&, auto& context) { context.emit(x); }) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::key_by(std::identity()) | weir::process_keyed<int, int>([](auto& context, int x) { context.emit(x); }) | weir::for_each([](const auto&) {}));
#endif
}
