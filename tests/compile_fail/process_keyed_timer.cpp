// expect: process_keyed<State, Out>\(fn, on_timer\): on_timer cannot be called
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <functional>
#include <vector>

int main() {
    const std::vector<int> numbers;
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::event_time([](int x) { return weir::Timestamp(weir::Duration(x)); }) | weir::key_by(std::identity()) | weir::process_keyed<int, int>([](int, int&, auto&) {}, [](weir::Timestamp, int&, auto&) {}) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::event_time([](int x) { return weir::Timestamp(weir::Duration(x)); }) | weir::key_by(std::identity()) | weir::process_keyed<int, int>([](int, int&, auto&) {}, [](int&, auto&) {}) | weir::for_each([](const auto&) {}));
#endif
}
