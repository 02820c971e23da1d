// expect: topic\.subscribe\(handler\): the handler cannot take the topic's events\. Accepted: fn\(const T&\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>

int main() {
    weir::Topic<std::string> topic;
#ifdef FIXED
    auto subscription = topic.subscribe([](const std::string&) {});
#else
    auto subscription = topic.subscribe([](std::string&) {}); // the event is the other subscribers' too
#endif
}
