// expect: \| takes an operator, and this is not one\. A function needs map\(fn\), filter\(fn\), tap\(fn\) or for_each\(fn\); an operator of your own needs `using kind = weir::OperatorKind;`\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Doubles {
    template <typename Stream>
    using out = Stream;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        next.on_event(event);
        next.on_event(event);
    }
};

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    struct Twice : Doubles {
        using kind = weir::OperatorKind;
    };
#else
    struct Twice : Doubles {};
#endif
    weir::run(weir::from(numbers) | Twice{} | weir::for_each([](int) {}));
}
