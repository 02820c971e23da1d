// expect: window\(spec\): spec says which windows\. Accepted: tumbling\(size\)
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
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::window(10s) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#endif
}
