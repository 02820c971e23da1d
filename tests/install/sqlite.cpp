// SPDX-License-Identifier: BSL-1.0
// A component in use: rows into a database and out of it again.
#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <vector>

struct Reading {
    int id = 0;
    double value = 0;
    static constexpr auto fields() { return weir::fields("id", &Reading::id, "value", &Reading::value); }
};

int main() {
    const std::vector<Reading> readings{{1, 0.5}, {2, 1.5}};
    weir::run(weir::from(readings) | weir::micro_batch(500) | weir::sqlite::insert_into("readings.db", "reading"));
    std::vector<Reading> stored;
    weir::run(weir::from(weir::sqlite::query<Reading>("readings.db", "select id, value from reading order by id"))
            | weir::collect_into(stored));
    fmt::print("{} {}\n", stored.size(), stored.at(1).value);
}
