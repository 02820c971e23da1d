// expect: from_jsonl<Row>: a field's type cannot be read from JSON\. Accepted: bool, char, integers
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/json.hpp>
#include <weir/weir.hpp>

#include <map>
#include <string>
#include <vector>

struct Row {
#ifdef FIXED
    std::vector<int> a;
#else
    std::map<std::string, int> a;
#endif
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
};

int main() {
    weir::run(weir::from_jsonl<Row>("rows.jsonl") | weir::for_each([](const Row&) {}));
}
