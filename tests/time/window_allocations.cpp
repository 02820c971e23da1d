// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "counting_new.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t keys = 137;
constexpr std::uint64_t per_period = 800; // events in 1000 ns, of which the last 200 are quiet

struct Reading {
    std::uint64_t key = 0;
    std::int64_t value = 0;
    weir::Timestamp time{};
};

/// The same keys in each period, in an order that changes, some of them a little behind. Notes what has been allocated in the
/// middle of the fourth period, when three windows have been given, and a hundred periods later.
struct Readings {
    using event_type = Reading;
    std::size_t* before;
    std::size_t* after;
    std::uint64_t i = 0;

    std::optional<Reading> next() {
        if (i == per_period * 105) return {};
        if (i == per_period * 7 / 2) *before = allocations;
        if (i == per_period * 207 / 2) *after = allocations;
        const std::uint64_t at = i++, within = at % per_period;
        const auto time = static_cast<std::int64_t>(at / per_period * 1000 + within - (at % 3 == 0 ? within % 7 : 0));
        return Reading{at * 59 % keys, static_cast<std::int64_t>(at * 7 % 1000), weir::Timestamp(weir::Duration(time))};
    }
};

/// How often the chain allocates in a hundred periods, once three are through.
template <typename Chain>
std::size_t in_a_hundred_periods(const Chain& chain) {
    std::size_t before = 0, after = 0, rows = 0;
    weir::run(weir::from(Readings{&before, &after}) | weir::event_time(&Reading::time, weir::bounded_disorder(5ns)) | weir::key_by(&Reading::key) |
              chain | weir::for_each([&rows](const auto&) { ++rows; }));
    CHECK(rows >= 100 * keys);
    REQUIRE(before > 0);
    return after - before;
}

/// The chain of these windows with aggregates whose results need no memory.
template <typename Spec>
auto over(const Spec& spec) {
    return weir::window(spec) | weir::aggregate(weir::count(), weir::sum(&Reading::value), weir::max(&Reading::value), weir::last(&Reading::value));
}

} // namespace

TEST_CASE("windows of a fixed set of keys allocate nothing over a hundred windows, once three are through") {
    CHECK(in_a_hundred_periods(over(weir::tumbling(1000ns))) == 0);
    CHECK(in_a_hundred_periods(over(weir::tumbling(1000ns).allowed_lateness(300ns).trigger(weir::after_watermark().early(weir::every(100ns))))) == 0);
    CHECK(in_a_hundred_periods(over(weir::sliding(1000ns, 250ns))) == 0);
    CHECK(in_a_hundred_periods(over(weir::sliding(1000ns, 250ns).trigger(weir::after_count(3)))) == 0); // some go without giving all
    CHECK(in_a_hundred_periods(over(weir::count_window(4, 2))) == 0);
}

TEST_CASE("sessions of a fixed set of keys allocate nothing over a hundred sessions, once three are through") {
    CHECK(in_a_hundred_periods(over(weir::session(190ns))) == 0);
    CHECK(in_a_hundred_periods(over(weir::session([](const Reading& r) { return weir::Duration(150 + r.value % 40); }))) == 0);
    CHECK(in_a_hundred_periods(over(weir::session(50ns))) == 0); // some that merge
}

TEST_CASE("process_keyed with timers, and deduplicate, allocate nothing for keys and timers as many as there have been") {
    struct State {
        std::int64_t sum = 0;
    };
    CHECK(in_a_hundred_periods(weir::process_keyed<State, std::int64_t>(
              [](const Reading& r, State& state, auto& context) {
                  state.sum += r.value;
                  context.set_timer(r.time + 100ns);
                  context.delete_timer(r.time + 90ns);
              },
              [](weir::Timestamp, State& state, auto& context) {
                  context.emit(state.sum);
                  context.clear();
              })) == 0);
    CHECK(in_a_hundred_periods(weir::deduplicate({.ttl = 900ns})) == 0);
}

TEST_CASE("an aggregate whose result needs memory is seen to allocate") {
    CHECK(in_a_hundred_periods(weir::window(weir::tumbling(1000ns)) | weir::aggregate(weir::collect(&Reading::value))) > 100 * keys);
}
