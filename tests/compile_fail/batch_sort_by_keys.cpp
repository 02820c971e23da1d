// expect: sort_by\(projection, less\): two keys cannot be compared\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Key {
    int a = 0;
};
struct Row {
    Key key;
};

int main() {
    const std::vector<Row> rows(3);
    const auto show = weir::for_each([](const Row&) {});
#ifdef FIXED
    weir::run(weir::from(rows) | weir::sort_by(&Row::key, [](const Key& x, const Key& y) { return x.a < y.a; }) | show);
#else
    weir::run(weir::from(rows) | weir::sort_by(&Row::key) | show);
#endif
}
