// expect: to_jsonl\(file\): this pipeline's events have no form in JSON\. Accepted: types with fields\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Row {
    int a = 0;
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
#endif
};

int main() {
    const std::vector<Row> rows(3);
    weir::run(weir::from(rows) | weir::to_jsonl("rows.jsonl"));
}
