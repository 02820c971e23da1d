// expect: suppress\(limit, options\): limit is a time
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
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::key_by(&Reading::room) | weir::suppress(10s) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::key_by(&Reading::room) | weir::suppress(10) | weir::for_each([](const auto&) {}));
#endif
}
