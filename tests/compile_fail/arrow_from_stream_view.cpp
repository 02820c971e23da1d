// expect: arrow::from_stream<Row>: a field is a std::string_view or std::span, which lives only until the next rows are read
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/arrow.hpp>
#include <weir/weir.hpp>

struct Row {
#ifdef FIXED
    std::string name;
#else
    std::string_view name;
#endif
    static constexpr auto fields() { return weir::fields("name", &Row::name); }
};

int main() {
    ArrowArrayStream stream{};
    weir::run(weir::arrow::from_stream<Row>(&stream) | weir::for_each([](const Row&) {}));
}
