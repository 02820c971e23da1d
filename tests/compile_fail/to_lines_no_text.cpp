// expect: to_lines\(file\): this pipeline's events cannot be written as text\. Turn them into strings with map\(fn\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

struct Row {
    int a = 0;
};

int main() {
    const std::vector<Row> rows(3);
#ifdef FIXED
    weir::run(weir::from(rows) | weir::map([](const Row& row) { return std::to_string(row.a); }) | weir::to_lines("rows.txt"));
#else
    weir::run(weir::from(rows) | weir::to_lines("rows.txt"));
#endif
}
