// expect: from_csv<Row>: a field is a std::string_view, which lives only until the next rows are read
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>

struct Row {
    std::string_view name;
    static constexpr auto fields() { return weir::fields("name", &Row::name); }
};

struct KeptRow {
    KeptRow(const Row& row) : name(row.name) {}
    std::string name;
};

#ifdef FIXED
template <>
struct weir::Owned<Row> {
    using type = KeptRow;
};
#endif

int main() {
    weir::run(weir::from_csv<Row>("rows.csv") | weir::for_each([](const Row&) {}));
}
