// SPDX-License-Identifier: BSL-1.0
// How do I replay stored data as the stream that it once was? These flights are stored by their planned times, but one hears of
// a flight when it has left, perhaps a day later. In that order: where, from midnight to midnight, was the most time lost?
//     flight_delays [FILE | -]    date,delay,distance,origin,destination; the first line is skipped; without a file: a sample
#include "flight.hpp"

#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono;

struct Airport {
    std::uint64_t flights;
    minutes lost;
    duration<double, std::ratio<60>> p90; // nine of ten flights were not later than that
};
using Row = weir::Windowed<std::string, Airport>;

std::string date_of(weir::Timestamp t) {
    const year_month_day date(floor<days>(t));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

void print_day(const weir::Windowed<weir::NoKey, std::vector<Row>>& day) {
    for (const Row& row : day.value)
        fmt::print("{}  {}  {:4} flights, {:5.1f} h lost, p90 {:3.0f} min\n", date_of(day.window.start), row.key, row.value.flights,
                   duration<double, std::ratio<3600>>(row.value.lost).count(), row.value.p90.count());
}
void print_late(const Flight& flight) {
    fmt::print("{}  {}  too late, after {} min\n", date_of(flight.planned), flight.origin, flight.delay.count());
}
void print_bad(const weir::Rejected<std::string>& line) { fmt::print("line {}: {}\n", line.position.line, line.what()); }

} // namespace

int main(int argc, char** argv) {
    try {
        std::string path = argc > 1 ? argv[1] : "sample_of_flights.csv";
        if (path == "-") path = "/dev/stdin";
        if (argc == 1) weir::run(weir::from(sample) | weir::to_lines(path));

        // The watermark stays four hours behind, so a day's result waits for those who leave until then. Later ones come too late.
        const auto day = weir::tumbling(24h);
        weir::run(weir::from_lines(path) | weir::skip(1) | weir::try_map(parse, weir::dead_letter(weir::take(10) | weir::for_each(print_bad)))
                  | weir::sort_by(&Flight::left) // a live feed comes in this order by itself
                  | weir::event_time(&Flight::planned, weir::bounded_disorder(4h))
                  | weir::key_by(&Flight::origin) | weir::window(day.late_to(weir::for_each(print_late)))
                  | weir::aggregate(weir::into<Airport>(weir::count(), weir::sum(&Flight::delay), weir::quantile(&Flight::delay, 0.9)))
                  | weir::window(day) | weir::aggregate(weir::top_k(3, [](const Row& row) { return row.value.lost; })) // of all origins
                  | weir::for_each(print_day));
    } catch (const std::exception& error) {
        fmt::print(stderr, "flight_delays: {}\n", error.what());
        return 1;
    }
}

// Output:
// line 9: no flight
// 2001-01-01  ORD     2 flights,   4.8 h lost, p90 180 min
// 2001-01-01  LGA     1 flights,   3.4 h lost, p90 205 min
// 2001-01-01  JFK     1 flights,   0.3 h lost, p90  20 min
// 2001-01-01  ORD  too late, after 700 min
// 2001-01-02  JFK     1 flights,   0.5 h lost, p90  30 min
// 2001-01-02  BOS     1 flights,   0.0 h lost, p90   0 min
