// expect: process_keyed<State, Out>\(fn, on_timer\): on_timer cannot be called
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
    weir::run(weir::from(input) | weir::event_time(&E::time) | weir::key_by(&E::id) | weir::process_keyed<int, int>([](const E&, int&, auto&) {}, [](weir::Timestamp, int&, auto&) {}) | sink);
#else
    weir::run(weir::from(input) | weir::event_time(&E::time) | weir::key_by(&E::id) | weir::process_keyed<int, int>([](const E&, int&, auto&) {}, [](int&, auto&) {}) | sink);
#endif
}
