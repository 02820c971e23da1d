// expect: topic\.subscribe\(chain\): this is a pipeline, which has a source already\. Leave its from\(\.\.\.\) out\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    weir::Topic<int> topic;
    auto sink = weir::for_each([](int) {});
#ifdef FIXED
    auto subscription = topic.subscribe(sink);
#else
    auto subscription = topic.subscribe(weir::from(std::vector<int>{}) | sink);
#endif
}
