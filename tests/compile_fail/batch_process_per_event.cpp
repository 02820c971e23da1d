// expect: process\(per_event\(p\)\): p must return a range with one result for each event of its batch
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <cstddef>
#include <span>
#include <vector>

int main() {
    const std::vector<int> numbers(3);
#ifdef FIXED
    const auto p = [](std::span<int> batch) { return std::vector<int>(batch.begin(), batch.end()); };
#else
    const auto p = [](std::span<int> batch) { return batch.size(); };
#endif
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::process(weir::per_event(p)) | weir::for_each([](auto) {}));
}
