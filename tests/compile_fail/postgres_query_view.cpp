// expect: postgres::query<Row>: a field is a std::string_view or std::span, which would point to memory that is gone
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/postgres.hpp>

struct Row {
#ifdef FIXED
    std::string name;
#else
    std::string_view name;
#endif
    static constexpr auto fields() { return weir::fields("name", &Row::name); }
};

int main() {
    auto rows = weir::postgres::query<Row>("dbname=a", "select name from row");
    return static_cast<int>(rows.next_batch().size());
}
