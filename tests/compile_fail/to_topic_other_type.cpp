// expect: to_topic\(topic\): the topic's type cannot be made from this pipeline's events\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
#ifdef FIXED
    weir::Topic<std::string> topic;
#else
    weir::Topic<int> topic;
#endif
    weir::run(weir::from(std::vector<std::string>{"a"}) | weir::to_topic(topic));
}
