// SPDX-License-Identifier: BSL-1.0
// Queries whose state does not grow allocate nothing once they are warm.
#include "catch.hpp"
#include "counting_new.hpp"
#include "nexmark/input.hpp"
#include "nexmark/queries/joins.hpp"
#include "nexmark/queries/single_bids.hpp"

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

using namespace nexmark;
using namespace std::chrono_literals;

namespace {

constexpr auto round_length = 60s; // a multiple of the windows'

/// The same events four times, one round behind the other: so the last rounds need no more room than those before.
template <typename Event>
void repeat(std::vector<Event>& events) {
    const std::vector<Event> round = events;
    for (int i = 1; i < 4; ++i)
        for (Event event : round) {
            event.date_time += i * round_length;
            if constexpr (requires { event.expires; }) event.expires += i * round_length;
            events.push_back(event);
        }
}
Input rounds() {
    Input input = generate({.events = 20'000, .seed = 1, .rate = 500, .shuffled = 20}); // of 40 s
    repeat(input.persons);
    repeat(input.auctions);
    repeat(input.bids);
    return input;
}

/// Allocations of the query while the last round goes through, and the rows that it gives meanwhile.
struct Seen {
    std::size_t allocations = 0;
    std::size_t rows = 0;
};
template <typename Query, typename... Events>
Seen in_last_round(Query query, const std::vector<Events>&... events) {
    bool has_begun = false;
    std::size_t before = 0, until = 0, rows = 0;
    const Time begin = (std::max)({events.back().date_time...}) - round_length + 5s;
    const auto look = weir::tap([&](const auto& event) {
        if (event.date_time >= begin && not std::exchange(has_begun, true)) before = allocations;
        until = allocations;
    });
    weir::run(query((weir::from(events) | look)...) | weir::for_each([&](const auto&) { rows += has_begun; }));
    return {until - before, rows};
}

} // namespace

TEST_CASE("queries whose state does not grow allocate nothing once they are warm") {
    const Input input = rounds();
    const auto nothing = [](const char* query, const Seen& seen) {
        CAPTURE(query);
        CHECK(seen.rows > 100);
        CHECK(seen.allocations == 0);
    };
    nothing("Q1", in_last_round([](auto bids) { return q1(std::move(bids)); }, input.bids));
    nothing("Q11", in_last_round([&](auto bids) { return q11(std::move(bids), input.disorder); }, input.bids));
    nothing("Q9", in_last_round([&](auto auctions, auto bids) { return q9(std::move(auctions), std::move(bids), input.disorder, input.longest); }, input.auctions, input.bids));
    nothing("Q8", in_last_round([&](auto persons, auto auctions) { return q8(std::move(persons), std::move(auctions), input.disorder); }, input.persons, input.auctions));
}

TEST_CASE("Q5 allocates a few vectors for each window's result, and nothing for a bid") {
    const Input input = rounds();
    const Seen seen = in_last_round([&](auto bids) { return q5(std::move(bids), input.disorder); }, input.bids);
    CHECK(seen.rows >= 20);
    CHECK(seen.allocations <= 4 * seen.rows);
}
