// expect: from_csv<Row>: Row has no fields\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

struct Row {
    int a = 0;
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
#endif
};

int main() {
    weir::run(weir::from_csv<Row>("rows.csv") | weir::for_each([](const Row&) {}));
}
