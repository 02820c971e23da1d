// SPDX-License-Identifier: BSL-1.0
// What benchmarks/stored/run measures beside DuckDB, Polars and awk: jobs over stored files as a user would write them.
//     stored generate <stations|flights> <rows> <file>       the same bytes from the same number of rows
//     stored <stations|flights> <file> <workers>             prints "key;..." lines, sorted
#include <weir/core/hash.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

struct Reading {
    std::string station{};
    double temperature = 0;
    static constexpr auto fields() { return weir::fields("station", &Reading::station, "temperature", &Reading::temperature); }
};
struct Flight {
    std::string carrier{};
    std::string from{};
    std::string to{};
    double delay = 0;
    bool cancelled = false;
    static constexpr auto fields() {
        return weir::fields("carrier", &Flight::carrier, "from", &Flight::from, "to", &Flight::to, "delay", &Flight::delay, "cancelled", &Flight::cancelled);
    }
};

/// Row i of a file, from a hash of i.
std::string station_line(std::uint64_t i) {
    const std::uint64_t x = weir::stable_hash(i), station = weir::stable_hash(x % 413);
    const auto tenths = static_cast<std::int64_t>(x / 413 % 1'998) - 999;
    return fmt::format("Sta{}{};{}{}.{}", std::string(station % 19, static_cast<char>('a' + station % 26)), station % 1'000, tenths < 0 ? "-" : "", std::abs(tenths) / 10, std::abs(tenths) % 10);
}
std::string flight_line(std::uint64_t i) {
    const std::uint64_t x = weir::stable_hash(i);
    const auto airport = [](std::uint64_t n) { return fmt::format("{}{}{}", static_cast<char>('A' + n % 26), static_cast<char>('A' + n / 26 % 26), static_cast<char>('A' + n * 7 % 26)); };
    return fmt::format("{}{},{},{},{},{}", static_cast<char>('A' + x % 20), static_cast<char>('A' + x / 20 % 2), airport(x / 40 % 300), airport(x / 12'000 % 300),
                       static_cast<std::int64_t>(x / 3'600'000 % 300) - 30, x % 50 == 0 ? "true" : "false");
}

void generate(std::string_view what, std::uint64_t rows, const std::string& file) {
    const bool stations = what == "stations";
    weir::run(weir::generate([stations, i = std::uint64_t{0}]() mutable {
                  if (stations) return station_line(i++);
                  return i++ == 0 ? std::string("carrier,from,to,delay,cancelled") : flight_line(i);
              })
              | weir::take(rows) | weir::to_lines(file));
}

void stations(const std::string& file, std::size_t workers) {
    weir::run(weir::from_csv<Reading>(file, {.delimiter = ';', .header = false})
                  | weir::key_by(&Reading::station)
                  | weir::aggregate(weir::min(&Reading::temperature), weir::mean(&Reading::temperature), weir::max(&Reading::temperature))
                  | weir::sort_by([](const auto& row) { return row.key; })
                  | weir::for_each([](const auto& row) {
                        const auto& [least, mean, most] = row.value;
                        fmt::print("{};{:.1f};{:.2f};{:.1f}\n", row.key, least, mean, most);
                    }),
              {.workers = workers});
}

/// Flights and minutes late of each carrier and origin.
void flights(const std::string& file, std::size_t workers) {
    weir::run(weir::from_csv<Flight>(file)
                  | weir::filter([](const Flight& flight) { return not flight.cancelled; })
                  | weir::key_by([](const Flight& flight) { return std::pair(flight.carrier, flight.from); })
                  | weir::aggregate(weir::count(), weir::sum(&Flight::delay))
                  | weir::sort_by([](const auto& row) { return row.key; })
                  | weir::for_each([](const auto& row) { fmt::print("{};{};{};{:.0f}\n", row.key.first, row.key.second, std::get<0>(row.value), std::get<1>(row.value)); }),
              {.workers = workers});
}

} // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int i) { return std::string(i < argc ? argv[i] : ""); };
    const std::string what = argument(1);
    if (what == "generate" && argc == 5) generate(argument(2), std::stoull(argument(3)), argument(4));
    else if (what == "stations" && argc == 4) stations(argument(2), std::stoull(argument(3)));
    else if (what == "flights" && argc == 4) flights(argument(2), std::stoull(argument(3)));
    else {
        fmt::print(stderr, "stored generate <stations|flights> <rows> <file>\nstored <stations|flights> <file> <workers>\n");
        return 2;
    }
}
