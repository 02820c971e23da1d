// expect: Topic<T>: T must be copyable, for an event published inside a handler waits for its turn as a copy\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>

int main() {
#ifdef FIXED
    weir::Topic<std::shared_ptr<int>> topic;
#else
    weir::Topic<std::unique_ptr<int>> topic;
#endif
    static_cast<void>(topic.subscribers());
}
