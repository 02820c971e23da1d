// expect: to_records\(file\): this pipeline's events are more than their bytes
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

struct Row {
#ifdef FIXED
    char name[8];
#else
    std::string name;
#endif
};

int main() {
    const std::vector<Row> rows(3);
    weir::run(weir::from(rows) | weir::to_records("rows.bin"));
}
