// expect: map\(fn\): fn cannot be called with
// SPDX-License-Identifier: BSL-1.0
// notes: InsideSubscribe
#include <weir/weir.hpp>

#include <string>

int main() {
    weir::Topic<int> topic;
    const auto sink = weir::for_each([](const auto&) {});
#ifdef FIXED
    auto subscription = topic.subscribe(weir::map([](int e) { return e * 2; }) | sink);
#else
    auto subscription = topic.subscribe(weir::map([](const std::string& e) { return e; }) | sink);
#endif
}
