// expect: durable, check_laws, check_recovery: an operator has members but no save\(StateWriter&\) const and load\(StateReader&\)
// SPDX-License-Identifier: BSL-1.0
// notes: MayBeSaved<Tally>
#include <weir/weir.hpp>

#include <utility>
#include <vector>

struct Tally {
    using kind = weir::OperatorKind;
    int n = 0;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        ++n;
        next.on_event(std::forward<E>(event));
    }
#ifdef FIXED
    void save(weir::StateWriter& to) const { to.put(n); }
    void load(weir::StateReader& from) { from.get(n); }
#endif
};

int main() {
    const std::vector<int> numbers{1, 2, 3};
    weir::Graph graph{weir::RunOptions{}};
    weir::detail::build<true>(graph, weir::from(numbers) | Tally() | weir::for_each([](int) {}));
}
