// expect: late_to\(chain\): it takes a chain that ends in a sink\. A function needs for_each\(fn\)\.
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
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::window(weir::tumbling(10s).late_to(weir::for_each([](const Reading&) {}))) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::window(weir::tumbling(10s).late_to([](const Reading&) {})) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#endif
}
