// expect: to_queue\(queue\): this is no EventQueue\. It needs event_type, push, try_push, pop, try_pop, pop_batch, close, size, capacity
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
#ifdef FIXED
    weir::SpscQueue<int> queue{4};
#else
    std::vector<int> queue;
#endif
    weir::run(weir::from(std::vector<int>{1}) | weir::to_queue(queue));
}
