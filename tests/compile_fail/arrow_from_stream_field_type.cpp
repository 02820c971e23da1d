// expect: arrow::from_stream<Row>: a field's type is no column
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/arrow.hpp>
#include <weir/weir.hpp>

struct Row {
#ifdef FIXED
    int side = 0;
#else
    char side = 'B';
#endif
    static constexpr auto fields() { return weir::fields("side", &Row::side); }
};

int main() {
    ArrowArrayStream stream{};
    weir::run(weir::arrow::from_stream<Row>(&stream) | weir::for_each([](const Row&) {}));
}
