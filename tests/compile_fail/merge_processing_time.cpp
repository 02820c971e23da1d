// expect: merge\(pipelines...\): the times of one of them are those of the job's clock
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <utility>

using namespace std::chrono_literals;

int main() {
    const auto sink = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::merge(weir::ticks(1s), weir::ticks(2s)) | weir::processing_time() | weir::take(1) | sink);
#else
    weir::run(weir::merge(weir::ticks(1s) | weir::processing_time(), weir::ticks(2s) | weir::processing_time()) | weir::take(1) | sink);
#endif
}
