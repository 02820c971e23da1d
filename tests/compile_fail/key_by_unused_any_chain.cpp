// expect: key_by\(\.\.\.\): nothing took the key
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

using namespace std::chrono_literals;

struct E {
    int id;
    double price;
    std::chrono::sys_time<std::chrono::milliseconds> time;
    std::int64_t stamp;
};
struct Odd {
    int id;
    bool operator==(const Odd&) const = default;
};
struct Sensor {
    using event_type = E;
    std::optional<E> next() { return E{}; }
};
struct Row {
    std::uint64_t n; double m;
};

int main() {
    std::vector<E> input;
    const auto sink = weir::for_each([](const auto&) {});
    const auto timed = weir::event_time(&E::time);
    static_cast<void>(timed);
#ifdef FIXED
    weir::AnyChain<E, weir::Keyed<int, std::uint64_t>> any = weir::key_by(&E::id) | weir::window(weir::global_window()) | weir::aggregate(weir::count()) | weir::map([](const auto& row) { return weir::Keyed<int, std::uint64_t>{row.key, row.value}; }); weir::run(weir::from(input) | any | sink);
#else
    weir::AnyChain<E, E> any = weir::key_by(&E::id); weir::run(weir::from(input) | any | sink);
#endif
}
