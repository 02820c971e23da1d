// expect: fields\(\.\.\.\): two fields have the same name
// SPDX-License-Identifier: BSL-1.0
#include <weir/core/fields.hpp>

struct Row {
    int a = 0, b = 0;
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("a", &Row::a, "b", &Row::b); }
#else
    static constexpr auto fields() { return weir::fields("a", &Row::a, "a", &Row::b); }
#endif
};

int main() {
    weir::for_each_field(Row{}, [](auto, auto&) {});
}
