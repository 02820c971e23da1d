// expect: from_jsonl<Row>\(path, options, policy\): a bad row stays bad, so it cannot be tried again
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/json.hpp>
#include <weir/weir.hpp>

struct Row {
    int a = 0;
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
};

int main() {
#ifdef FIXED
    weir::run(weir::from_jsonl<Row>("rows.jsonl", weir::drop()) | weir::for_each([](const Row&) {}));
#else
    weir::run(weir::from_jsonl<Row>("rows.jsonl", weir::retry(3)) | weir::for_each([](const Row&) {}));
#endif
}
