// SPDX-License-Identifier: BSL-1.0
// How do I store a stream in a database? Micro-batches into SQLite, each of them one transaction; and back by a query.
#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

/// A row names its fields once.
struct Flight {
    std::int64_t number = 0;
    std::string carrier;
    double delay = 0;

    static constexpr auto fields() {
        return weir::fields("number", &Flight::number, "carrier", &Flight::carrier, "delay", &Flight::delay);
    }
};

int main() {
    const auto next_flight = [number = std::int64_t{0}]() mutable {
        ++number;
        return Flight{number, number % 3 == 0 ? "Heron Air" : "Gull Lines", static_cast<double>(number % 40)};
    };

    // The table is created if it is not there. A batch is there as a whole or not at all, whatever happens.
    const weir::Report report = weir::run(weir::generate(next_flight) | weir::take(1200) | weir::micro_batch(500)
                                          | weir::sqlite::insert_into("flights.db", "flight"));
    fmt::print("{} flights stored in {} transactions\n", report.at("take#1").out, report.at("micro_batch#1").out);

    fmt::print("the latest of Heron Air:\n");
    weir::run(weir::from(weir::sqlite::query<Flight>("flights.db",
                                                     "select * from flight where carrier = ? order by delay desc, number limit 3",
                                                     "Heron Air"))
              | weir::for_each([](const Flight& flight) { fmt::print("{:5} {:4} min\n", flight.number, flight.delay); }));
}

// Output:
// 1200 flights stored in 3 transactions
// the latest of Heron Air:
//    39   39 min
//   159   39 min
//   279   39 min
