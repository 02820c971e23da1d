// expect: top_n\(n, projection, less\): the number comes first
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Row {
    int key = 0;
};

int main() {
    const std::vector<Row> rows(3);
    const auto show = weir::for_each([](const Row&) {});
#ifdef FIXED
    weir::run(weir::from(rows) | weir::top_n(3, &Row::key) | show);
#else
    weir::run(weir::from(rows) | weir::top_n(&Row::key, 3) | show);
#endif
}
