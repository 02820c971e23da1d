// expect: topic\.subscribe\(chain\): a chain with a stage inside needs a job to run it\. Use start\(from\(topic\) \| chain\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

int main() {
    weir::Topic<int> topic;
    auto chain = weir::stage() | weir::for_each([](int) {});
#ifdef FIXED
    weir::Job job = weir::start(weir::from(topic) | chain);
#else
    auto subscription = topic.subscribe(chain);
#endif
}
