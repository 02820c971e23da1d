// SPDX-License-Identifier: BSL-1.0
// After warm-up no operator allocates for an event. (Not counted here: the ranges that a user's function makes.)
#include "../catch.hpp"
#include "../counting_new.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace {

/// Timed numbers, and how much had been allocated when it gave the first ones and when it gave the last.
struct Numbers {
    using event_type = weir::Event<int>;
    static constexpr int warm = 5'000, last = 25'000;
    std::size_t* before;
    std::size_t* after;
    int n = 0;
    std::optional<event_type> next() {
        if (++n == warm) *before = allocations;
        if (n == last) *after = allocations;
        if (n == last) return std::nullopt;
        return event_type{n, second(n)};
    }
};

/// Allocations of a job after its first events.
template <typename Chain>
std::size_t after_warm_up(Chain chain) {
    std::size_t before = 0, after = 0;
    int seen = 0;
    weir::run(weir::from(Numbers{&before, &after}) | std::move(chain) | weir::for_each([&](int) { ++seen; }));
    REQUIRE(seen > 0);
    REQUIRE(before > 0);
    return after - before;
}

constexpr auto positive = [](int x) { return x > 0; };
constexpr auto same = [](int x) { return x; };

} // namespace

TEST_CASE("operators of single events allocate nothing") {
    CHECK(after_warm_up(weir::map(same)) == 0);
    CHECK(after_warm_up(weir::filter(positive)) == 0);
    CHECK(after_warm_up(weir::tap([](int) {})) == 0);
    CHECK(after_warm_up(weir::skip(3) | weir::take(1'000'000'000) | weir::take_while(positive)) == 0);
    CHECK(after_warm_up(weir::scan(0, [](int, int x) { return x; })) == 0);
    CHECK(after_warm_up(weir::enumerate() | weir::map([](const auto& e) { return e.value; })) == 0);
    CHECK(after_warm_up(weir::rule(positive, same) | weir::when(positive, [](int) {})) == 0);
}

TEST_CASE("distinct allocates nothing, whatever it remembers") {
    static constexpr std::array<std::string_view, 3> texts{"a text that is longer than what fits into a string", "and another one of the same length, about",
                                                          "a third one, so that there are more than two of them"};
    const auto text_of = [](int x) { return texts[static_cast<std::size_t>(x) % texts.size()]; };
    CHECK(after_warm_up(weir::distinct()) == 0);
    CHECK(after_warm_up(weir::distinct(text_of)) == 0);
    CHECK(after_warm_up(weir::distinct(std::identity{}, 50)) == 0);
    CHECK(after_warm_up(weir::distinct(text_of, 2)) == 0);
}

TEST_CASE("flat_map allocates nothing of its own, also where it waits") {
    const auto twice = [](int x) { return std::array{x, x}; };
    const auto emits = weir::flat_map<int>([](int x, auto emit) {
        emit(x);
        emit(x);
    });
    static constexpr std::array<int, 5> table{1, 2, 3, 4, 5};
    const auto shows = weir::flat_map([](int) { return std::span(table); });
    CHECK(after_warm_up(weir::flat_map([](int x) { return std::vector{x}; })) > 0); // the user's: what is counted here is seen
    CHECK(after_warm_up(weir::flat_map(twice)) == 0);
    CHECK(after_warm_up(emits) == 0);
    CHECK(after_warm_up(shows) == 0);
    CHECK(after_warm_up(weir::flat_map(twice) | weir::stage({.capacity = 3})) == 0);
    CHECK(after_warm_up(shows | weir::stage({.capacity = 3})) == 0);
}

TEST_CASE("operators with chains inside allocate nothing") {
    const auto twice = weir::flat_map([](int x) { return std::array{x, x}; });
    CHECK(after_warm_up(weir::broadcast(weir::map(same), twice, weir::for_each([](int) {}))) == 0);
    CHECK(after_warm_up(weir::route([](int x) { return x % 3 == 0; }, twice, positive, weir::map(same))) == 0);
    CHECK(after_warm_up(weir::try_map(same, weir::retry(3, std::chrono::seconds(1)))) == 0);
    using E = weir::Event<int>;
    CHECK(after_warm_up(weir::AnyChain<E, E>(twice) | weir::AnyChain<E, E>(weir::take(1'000'000))) == 0);
}
