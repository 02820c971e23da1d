// expect: suppress\(...\): the times of processing_time\(\) are those of the clock, which does not wait for what is held. Write ingestion_time
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    const std::vector<weir::Event<int>> input;
    const auto key = weir::key_by([](int x) { return x; });
    const auto show = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from(input) | weir::stage() | weir::ingestion_time() | key | weir::suppress(1min) | show);
#else
    weir::run(weir::from(input) | weir::stage() | weir::processing_time() | key | weir::suppress(1min) | show);
#endif
}
