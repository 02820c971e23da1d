// expect: arrow::to_stream, arrow::batches: these events are no rows
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/arrow.hpp>
#include <weir/weir.hpp>

#include <vector>

struct Row {
    int number = 0;
#ifdef FIXED
    static constexpr auto fields() { return weir::fields("number", &Row::number); }
#endif
};

int main() {
    auto stream = weir::arrow::to_stream(std::vector<Row>(3));
    return stream.next() ? 0 : 1;
}
