// expect: interval_join\(left, right, within\(\.\.\.\), fn\): it takes two pipelines
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
    auto left = weir::from(readings) | weir::event_time(&Reading::time) | weir::key_by(&Reading::room);
    auto right = left;
    const auto fn = [](const Reading& a, const Reading& b) { return a.room + b.room; };
#ifdef FIXED
    weir::run(weir::interval_join(left, right, weir::within(-10s, 10s), fn) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::interval_join(left, right, 10s, fn) | weir::for_each([](const auto&) {}));
#endif
}
