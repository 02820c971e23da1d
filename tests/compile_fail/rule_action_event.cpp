// expect: rule\(condition, action\): the action returns an Event, but a rule keeps the event's time\. Return the value alone; a time is given by event_time\(projection\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::rule([](int x) { return x > 0; }, [](int x) { return -x; });
#else
    const auto op = weir::rule([](int x) { return x > 0; }, [](int x) { return weir::Event<int>{x}; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
