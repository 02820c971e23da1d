// expect: sqlite::query<Row>: Row has no fields\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/sqlite.hpp>

struct Row {
    int a = 0;
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
#endif
};

int main() {
    auto rows = weir::sqlite::query<Row>("a.db", "select a from row");
    return static_cast<int>(rows.next_batch().size());
}
