// expect: topic\.subscribe\(chain\): the chain has no sink, so its events would go nowhere: end it with for_each\(fn\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

int main() {
    weir::Topic<int> topic;
    auto doubled = weir::map([](int e) { return e * 2; });
#ifdef FIXED
    auto subscription = topic.subscribe(doubled | weir::for_each([](int) {}));
#else
    auto subscription = topic.subscribe(doubled);
#endif
}
