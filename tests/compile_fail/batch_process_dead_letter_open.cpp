// expect: dead_letter\(chain\): the chain has no sink, so what it gives would go nowhere
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>
#include <vector>

int main() {
    const std::vector<int> numbers(3);
    const auto store = weir::repeatable([](std::span<int>) {});
    const auto letters = weir::map([](const weir::Rejected<int>& letter) { return letter.event; })
#ifdef FIXED
                       | weir::for_each([](int) {})
#endif
        ;
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::process(store, weir::dead_letter(letters)));
}
