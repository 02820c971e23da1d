// expect: ahead_to\(chain\): the strategy believes every time
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

struct E {
    std::chrono::sys_time<std::chrono::milliseconds> time;
};

int main() {
    std::vector<E> input;
    const auto sink = weir::for_each([](const E&) {});
#ifdef FIXED
    const auto strategy = weir::bounded_disorder(5s).no_further_than(1min);
#else
    const auto strategy = weir::bounded_disorder(5s);
#endif
    weir::run(weir::from(input) | weir::event_time(&E::time, strategy).ahead_to(sink) | sink);
}
