// expect: postgres::Inserter<Row>: a field's type has no column type
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/postgres.hpp>

struct Row {
#ifdef FIXED
    int side = 0;
#else
    char side = 'B';
#endif
    static constexpr auto fields() { return weir::fields("side", &Row::side); }
};

int main() { weir::postgres::Inserter<Row> inserter("dbname=a", "row"); }
