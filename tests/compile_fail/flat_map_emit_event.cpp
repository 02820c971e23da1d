// expect: flat_map<Out>\(fn\): Out is an Event, but the outputs have the time of their input\. Emit values alone; a time is given by event_time\(projection\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::flat_map<int>([](int x, auto emit) { emit(x); });
#else
    const auto op = weir::flat_map<weir::Event<int>>([](int x, auto emit) { emit(weir::Event<int>{x}); });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
