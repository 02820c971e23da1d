// expect: sqlite::insert_into\(path, table\): a field's type has no column type
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include <vector>

struct Row {
#ifdef FIXED
    int side = 0;
#else
    char side = 'B';
#endif
    static constexpr auto fields() { return weir::fields("side", &Row::side); }
};

int main() {
    const std::vector<std::vector<Row>> batches(3);
    weir::run(weir::from(batches) | weir::sqlite::insert_into("a.db", "row"));
}
