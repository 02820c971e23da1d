// expect: postgres::insert_into\(conninfo, table\): it takes batches, each stored in one transaction, but this pipeline has single events\. Put micro_batch\(n\) before it\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/postgres.hpp>
#include <weir/weir.hpp>

#include <vector>

struct Row {
    int a = 0;
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
};

int main() {
#ifdef FIXED
    const std::vector<std::vector<Row>> rows(3);
#else
    const std::vector<Row> rows(3);
#endif
    weir::run(weir::from(rows) | weir::postgres::insert_into("dbname=a", "row"));
}
