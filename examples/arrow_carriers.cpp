// SPDX-License-Identifier: BSL-1.0
// How does a Python program, DuckDB or Polars use a pipeline? A function takes an Arrow stream and gives one: no file, no text, no library.
#include <weir/connect/arrow.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct Flight {
    std::string carrier;
    std::optional<double> delay; // null: it was cancelled
    static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay); }
};

struct Delays {
    std::uint64_t flights = 0;
    double mean = 0;
    static constexpr auto fields() { return weir::fields("flights", &Delays::flights, "mean", &Delays::mean); }
};

// c++ -std=c++20 -shared -fPIC arrow_carriers.cpp -o carriers.so -lfmt, and in Python:
//
//     carriers, given, result = ctypes.CDLL("./carriers.so"), (ctypes.c_char * 40)(), (ctypes.c_char * 40)()
//     flights.to_reader()._export_to_c(ctypes.addressof(given))                           # flights: a pyarrow.Table
//     carriers.carriers(given, result)
//     table = pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(result)).read_all()
extern "C" void carriers(ArrowArrayStream* flights, ArrowArrayStream* result) {
    weir::arrow::to_stream(weir::arrow::from_stream<Flight>(flights)
                           | weir::filter([](const Flight& flight) { return flight.delay.has_value(); })
                           | weir::key_by(&Flight::carrier)
                           | weir::aggregate(weir::into<Delays>(weir::count(), weir::mean([](const Flight& flight) { return *flight.delay; }))))
        .move_to(result); // nothing has run yet: whoever reads it drives it
}

struct Carrier { // what it gives, as a row
    std::string key;
    std::uint64_t flights = 0;
    double mean = 0;
    static constexpr auto fields() { return weir::fields("key", &Carrier::key, "flights", &Carrier::flights, "mean", &Carrier::mean); }
};

int main() {
    const std::vector<Flight> flights{{"Heron Air", 4.0}, {"Gull Lines", 31.0}, {"Heron Air", {}}, {"Gull Lines", 9.0}, {"Heron Air", 2.0}};
    ArrowArrayStream given{}, result{};
    weir::arrow::to_stream(flights).move_to(&given); // here in place of Python
    carriers(&given, &result);
    weir::run(weir::arrow::from_stream<Carrier>(&result)
              | weir::for_each([](const Carrier& row) { fmt::print("{:10} {} flights, {:4.1f} min late\n", row.key, row.flights, row.mean); }));

    // Whole columns, where they lie.
    weir::arrow::to_stream(flights, {.rows_per_batch = 3}).move_to(&given);
    weir::run(weir::from(weir::arrow::record_batches(&given)) | weir::for_each([](const weir::arrow::RecordBatch& batch) {
                  const auto delay = batch.column<double>("delay");
                  std::size_t cancelled = 0;
                  for (std::size_t i = 0; i < batch.rows(); ++i) cancelled += delay.is_null(i) ? 1 : 0;
                  fmt::print("a batch of {}, {} of them cancelled\n", batch.rows(), cancelled);
              }));
}

// Output:
// Heron Air  2 flights,  3.0 min late
// Gull Lines 2 flights, 20.0 min late
// a batch of 3, 1 of them cancelled
// a batch of 2, 0 of them cancelled
