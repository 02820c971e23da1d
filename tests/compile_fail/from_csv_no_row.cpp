// expect: from_csv<Row>\(paths, options, policy\): the type of the rows comes first
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

struct Row {
    int n = 0;
    static constexpr auto fields() { return weir::fields("n", &Row::n); }
};

int main() {
#ifdef FIXED
    weir::run(weir::from_csv<Row>("rows.csv") | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from_csv("rows.csv") | weir::for_each([](const auto&) {}));
#endif
}
