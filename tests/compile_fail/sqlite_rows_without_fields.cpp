// expect: sqlite::insert_into\(path, table\): the rows of the batch have no fields\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include <vector>

struct Row {
    int a = 0;
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
#endif
};

int main() {
    const std::vector<std::vector<Row>> batches(3);
    weir::run(weir::from(batches) | weir::sqlite::insert_into("a.db", "row"));
}
