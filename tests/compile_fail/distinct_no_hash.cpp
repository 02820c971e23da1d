// expect: distinct\(projection, max_entries\): the key has no std::hash\. Specialise std::hash for it, or use a projection to a string or a number\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <functional>
#include <vector>

struct Point {
    int x = 0, y = 0;
    friend bool operator==(const Point&, const Point&) = default;
};

int main() {
    const std::vector<Point> points(2);
#ifdef FIXED
    const auto op = weir::distinct(&Point::x, 100);
#else
    const auto op = weir::distinct(std::identity{}, 100);
#endif
    weir::run(weir::from(points) | op | weir::for_each([](const auto&) {}));
}
