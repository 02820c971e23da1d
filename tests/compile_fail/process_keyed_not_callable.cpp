// expect: process_keyed<State, Out>\(fn\): fn cannot be called
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
    weir::run(weir::from(input) | weir::key_by(&E::id) | weir::process_keyed<int, int>([](const E& e, int&, auto& context) { context.emit(e.id); }) | sink);
#else
    weir::run(weir::from(input) | weir::key_by(&E::id) | weir::process_keyed<int, int>([](auto& context, const E& e) { context.emit(e.id); }) | sink);
#endif
}
