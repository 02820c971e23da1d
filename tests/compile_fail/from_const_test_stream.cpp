// expect: from\(x\): x is const, and a source changes when it gives events
// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
    const weir::TestStream<int> script;
    const auto sink = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::from(weir::TestStream<int>(script)) | weir::aggregate(weir::count()) | sink);
#else
    weir::run(weir::from(script) | weir::aggregate(weir::count()) | sink);
#endif
}
