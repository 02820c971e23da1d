// SPDX-License-Identifier: BSL-1.0
// Stored data joined with a table of names: flights of a CSV file with the carriers of another, those of no known carrier and the
// carriers without a flight too.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

struct Flight {
    std::string carrier;
    double delay;
    static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay); }
};
struct Carrier {
    std::string code;
    std::string name;
    static constexpr auto fields() { return weir::fields("code", &Carrier::code, "name", &Carrier::name); }
};
struct Named {
    std::string carrier;
    double delay;
};

int main() {
    const std::vector<std::string_view> flights{"carrier,delay", "AA,12", "UA,-3", "AA,8", "TW,45", "UA,5"};
    const std::vector<std::string_view> carriers{"code,name", "AA,American", "DL,Delta", "UA,United"};
    weir::run(weir::from(flights) | weir::to_lines("flights.csv"));
    weir::run(weir::from(carriers) | weir::to_lines("carriers.csv"));

    const auto flown = [] { return weir::from_csv<Flight>("flights.csv") | weir::key_by(&Flight::carrier); };
    const auto known = [] { return weir::from_csv<Carrier>("carriers.csv") | weir::key_by(&Carrier::code); };

    const auto with_name = [](const Flight& f, const Carrier* c) { return Named{c != nullptr ? c->name : "unknown " + f.carrier, f.delay}; };
    weir::run(weir::hash_join<weir::JoinType::left>(flown(), known(), with_name)
              | weir::key_by(&Named::carrier)
              | weir::aggregate(weir::count(), weir::mean(&Named::delay))
              | weir::sort_by([](const auto& row) { return -std::get<1>(row.value); })
              | weir::for_each([](const auto& row) { fmt::print("{}: {} flights, {:.1f} min late\n", row.key, std::get<0>(row.value), std::get<1>(row.value)); }));

    weir::run(weir::hash_join<weir::JoinType::anti>(known(), flown()) | weir::for_each([](const Carrier& c) { fmt::print("{}: none\n", c.name); }));
}

// Output:
// unknown TW: 1 flights, 45.0 min late
// American: 2 flights, 10.0 min late
// United: 2 flights, 1.0 min late
// Delta: none
