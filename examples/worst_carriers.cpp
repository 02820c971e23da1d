// SPDX-License-Identifier: BSL-1.0
// How do I ask a question of a CSV file? Which carriers are late most, by the mean delay of the flights that arrived; the answer is a
// CSV file again, and lines that cannot be read are told.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

struct Flight {
    std::string carrier;
    double delay;
    bool arrived;
    static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay, "arrived", &Flight::arrived); }
};

int main() {
    const std::vector<std::string_view> sample{
        "date,carrier,origin,delay,arrived", "2001-01-01,AA,\"Boston, Logan\",12.5,true", "2001-01-01,UA,Denver,-3,true", "2001-01-01,AA,Dallas,7.5,true",
        "2001-01-01,DL,Atlanta,0,false",     "2001-01-02,UA,Denver,soon,true",            "2001-01-02,DL,Atlanta,45,yes",  "2001-01-02,UA,\"Chicago\",5,true",
    };
    weir::run(weir::from(sample) | weir::to_lines("flights.csv"));

    const auto tell = [](const weir::Rejected<std::string>& bad) { fmt::print("{}: {}\n", to_string(bad.position), bad.what()); };
    weir::run(weir::from_csv<Flight>("flights.csv", weir::dead_letter(weir::for_each(tell)))
              | weir::filter(&Flight::arrived)
              | weir::key_by(&Flight::carrier)
              | weir::aggregate(weir::count(), weir::mean(&Flight::delay))
              | weir::sort_by([](const auto& row) { return -std::get<1>(row.value); })
              | weir::take(10) | weir::to_csv("worst.csv"));

    weir::run(weir::from_lines("worst.csv") | weir::for_each([](std::string_view line) { fmt::print("{}\n", line); }));
}

// Output:
// flights.csv:6:22: column delay: 'soon' is not a number in the range of the field's type
// key,value1,value2
// DL,1,45
// AA,2,10
// UA,2,1
