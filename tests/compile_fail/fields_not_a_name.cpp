// expect: fields\(\.\.\.\): what stands in the place of a name is no string
// SPDX-License-Identifier: BSL-1.0
#include <weir/core/fields.hpp>

struct Row {
    int a = 0;
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
#else
    static constexpr auto fields() { return weir::fields(&Row::a, "a"); }
#endif
};

int main() {
    weir::for_each_field(Row{}, [](auto, auto&) {});
}
