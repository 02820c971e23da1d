// expect: from_csv<Row>: a field's type has no form in text\. Accepted: bool, char, integers
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Row {
#ifdef FIXED
    int a = 0;
#else
    std::vector<int> a;
#endif
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
};

int main() {
    weir::run(weir::from_csv<Row>("rows.csv") | weir::for_each([](const Row&) {}));
}
