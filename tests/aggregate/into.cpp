// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Flight {
    std::string carrier;
    double delay = 0;
};
struct Delays {
    std::uint64_t flights = 0;
    double mean = 0;
    std::string worst;
};
const auto delays = weir::into<Delays>(weir::count(), weir::mean(&Flight::delay), weir::arg_max(&Flight::delay, &Flight::carrier));
const std::vector<Flight> flights{{"AA", 2}, {"UA", 10}, {"DL", 0}};

TEST_CASE("into gives the results as a row of the user's") {
    static_assert(std::is_same_v<weir::aggregate_result_t<decltype(delays), Flight>, Delays>);
    for (unsigned seed = 0; seed < 10; ++seed) {
        for (const Delays& row : {result_of(delays, flights), cut_result_of(delays, flights, seed), reused_result_of(delays, flights, seed)}) {
            CHECK(row.flights == 3);
            CHECK(row.mean == 4);
            CHECK(row.worst == "UA");
        }
    }
    static_assert(not decltype(delays)::rules<Flight>.commutative && not decltype(delays)::rules<Flight>.exact);
}

TEST_CASE("into is divided, processed and merged in a pipeline") {
    std::vector<Delays> rows;
    weir::run(weir::from(flights) | weir::micro_batch(2) | weir::process(weir::partial(delays)) | weir::combine(delays) | weir::collect_into(rows));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].worst == "UA");
    rows.clear();
    const std::vector<Flight> none;
    weir::run(weir::from(none) | weir::micro_batch(2) | weir::process(weir::partial(delays)) | weir::combine(delays) | weir::collect_into(rows));
    CHECK(rows.empty()); // there is no worst of none
}

TEST_CASE("into takes one aggregate too, and says NaN where it can") {
    struct One {
        std::uint64_t count = 7;
    };
    CHECK(result_of(weir::into<One>(weir::count()), flights).count == 3);
    struct Two {
        std::uint64_t count = 7;
        double mean = 0;
    };
    const auto two = weir::into<Two>(weir::count(), weir::mean(&Flight::delay));
    CHECK(state_of<Flight>(two, {}).has_result());
    CHECK(result_of<Flight>(two, {}).count == 0);
    CHECK(std::isnan(result_of<Flight>(two, {}).mean));
}

} // namespace
