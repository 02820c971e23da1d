// expect: the pipeline has no sink, so its events would go nowhere
// SPDX-License-Identifier: BSL-1.0
#include <weir/memory_bound.hpp>
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto some = weir::from(numbers) | weir::micro_batch(2) | weir::unbatch();
#ifdef FIXED
    const auto job = some | weir::for_each([](int) {});
    return weir::memory_bound(job).bounded ? 0 : 1;
#else
    return weir::memory_bound(some).bounded ? 0 : 1;
#endif
}
