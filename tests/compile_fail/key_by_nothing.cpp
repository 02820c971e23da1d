// expect: key_by\(projection\.\.\.\): the projection is missing
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

struct Reading {
    int room;
    weir::Timestamp time;
};
using namespace std::chrono_literals;

int main() {
    const std::vector<Reading> readings;
#ifdef FIXED
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::key_by(&Reading::room) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::key_by() | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#endif
}
