// expect: arrow::to_stream\(pipeline\): this stream has no end
// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/arrow.hpp>
#include <weir/weir.hpp>

int main() {
#ifdef FIXED
    auto numbers = weir::generate([] { return 1; }) | weir::take(3);
#else
    auto numbers = weir::generate([] { return 1; });
#endif
    auto stream = weir::arrow::to_stream(std::move(numbers));
    return stream.next() ? 0 : 1;
}
