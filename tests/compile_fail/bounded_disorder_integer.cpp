// expect: bounded_disorder\(disorder\): it takes a time with its unit
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

struct E {
    int id;
    weir::Timestamp time;
};

int main() {
    const std::vector<E> input;
#ifdef FIXED
    const auto some = weir::bounded_disorder(5s);
#else
    const auto some = weir::bounded_disorder(5);
#endif
    weir::run(weir::from(input) | weir::event_time(&E::time, some) | weir::key_by(&E::id) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) |
              weir::for_each([](const auto& row) { static_cast<void>(row.value); }));
}
