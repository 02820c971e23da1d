// SPDX-License-Identifier: BSL-1.0
// Programs that a user would write, as they stand: rows and a database.
#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace {

struct Flight {
    std::string carrier; double delay; bool arrived;
    static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay, "arrived", &Flight::arrived); }

    friend bool operator==(const Flight&, const Flight&) = default;
};

struct Removed { // the database of this test, before and after
    Removed() { std::remove("flights.db"); }
    ~Removed() { std::remove("flights.db"); }
};

} // namespace

TEST_CASE("micro-batches go into a table and come back by a query", "[acceptance]") {
    const Removed removed;
    std::vector<Flight> flights;
    for (int i = 0; i < 1234; ++i) flights.push_back({"heron", i * 0.5, i % 2 == 0});

    weir::run(weir::from(flights) | weir::micro_batch(500) | weir::sqlite::insert_into("flights.db", "flight"));

    std::vector<Flight> stored;
    weir::run(weir::from(weir::sqlite::query<Flight>("flights.db", "select carrier, delay, arrived from flight"))
              | weir::filter(&Flight::arrived) | weir::collect_into(stored));
    CHECK(stored.size() == 617);
    CHECK(stored.back() == Flight{"heron", 616.0, true});
}
