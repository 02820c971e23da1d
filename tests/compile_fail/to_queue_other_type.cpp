// expect: to_queue\(queue\): the queue's event_type cannot be made from this pipeline's events\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
#ifdef FIXED
    weir::SpscQueue<std::string> queue{4};
#else
    weir::SpscQueue<int> queue{4};
#endif
    weir::run(weir::from(std::vector<std::string>{"a"}) | weir::to_queue(queue));
}
