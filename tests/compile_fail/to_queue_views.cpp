// expect: to_queue\(queue\): the queue's event_type cannot be made from this pipeline's events\. It must be made from an event's value, or be Event<T>; a queue of views needs strings\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
#ifdef FIXED
    weir::SpscQueue<std::string> queue{4};
#else
    weir::SpscQueue<std::string_view> queue{4};
#endif
    weir::run(weir::from(std::vector<std::string>{"a"}) | weir::map([](const std::string& s) { return std::string_view(s); }) | weir::to_queue(queue));
}
