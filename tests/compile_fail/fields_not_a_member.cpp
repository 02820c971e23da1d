// expect: fields\(\.\.\.\): a name is not followed by a pointer to a data member
// SPDX-License-Identifier: BSL-1.0
#include <weir/core/fields.hpp>

struct Row {
    int a = 0;
    int twice() const { return 2 * a; }
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
#else
    static constexpr auto fields() { return weir::fields("a", &Row::a, "twice", &Row::twice); }
#endif
};

int main() {
    weir::for_each_field(Row{}, [](auto, auto&) {});
}
