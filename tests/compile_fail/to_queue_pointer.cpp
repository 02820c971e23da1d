// expect: to_queue\(queue, options\): queue is an EventQueue of yours, by its name, and not a temporary or a pointer
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    weir::SpscQueue<int> queue{4};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::to_queue(queue));
#else
    weir::run(weir::from(numbers) | weir::to_queue(&queue));
#endif
}
