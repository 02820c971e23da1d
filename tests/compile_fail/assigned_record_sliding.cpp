// expect: an operator that puts events or states in the place of earlier ones \(scan, reduce, suppress, in_time_order, joins, to_queue and others\) cannot do so with these: they cannot be assigned
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

struct Reading {
#ifdef FIXED
    int room;
#else
    const int room;
#endif
    weir::Timestamp time;
};

using namespace std::chrono_literals;

int main() {
    const std::vector<Reading> readings;
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::key_by(&Reading::room) | weir::window(weir::record_sliding(10s)) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
}
