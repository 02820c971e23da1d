// expect: Topic<T>: T is a view, which may outlive what it looks at\. Publish strings, not views\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>

int main() {
#ifdef FIXED
    weir::Topic<std::string> topic;
#else
    weir::Topic<std::string_view> topic;
#endif
    topic.publish("event");
}
