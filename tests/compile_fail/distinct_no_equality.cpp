// expect: distinct\(\): these events have no ==\. Give them one, or name a part that has: distinct\(projection\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Point {
    int x = 0, y = 0;
};

int main() {
    const std::vector<Point> points(2);
#ifdef FIXED
    const auto op = weir::distinct(&Point::x);
#else
    const auto op = weir::distinct();
#endif
    weir::run(weir::from(points) | op | weir::for_each([](const auto&) {}));
}
