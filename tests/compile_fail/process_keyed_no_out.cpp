// expect: process_keyed<State, Out>\(fn\): it takes the types of the state and of what it emits
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::key_by([](int x) { return x; }) | weir::process_keyed<int, int>([](int x, int&, auto& context) { context.emit(x); }) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::key_by([](int x) { return x; }) | weir::process_keyed<int>([](int x, int&, auto& context) { context.emit(x); }) | weir::for_each([](const auto&) {}));
#endif
}
