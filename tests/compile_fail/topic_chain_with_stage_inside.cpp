// expect: topic\.subscribe\(chain\): a chain with a stage inside needs a job to run it\. Use start\(from\(topic\) \| chain\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

int main() {
    weir::Topic<int> topic;
    auto sink = weir::for_each([](int) {});
#ifdef FIXED
    auto subscription = topic.subscribe(weir::broadcast(sink, weir::filter([](int e) { return e > 0; }) | sink));
#else
    auto subscription = topic.subscribe(weir::broadcast(sink, weir::stage() | sink));
#endif
}
