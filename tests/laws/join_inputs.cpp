// SPDX-License-Identifier: BSL-1.0
// Joins of two inputs that are read in any interleaving.
#include "laws/laws.hpp"

using laws::failing;
using namespace std::chrono_literals;

namespace {

/// Events with times and watermarks, some of them late, none of them idle: so what comes of a join does not depend on who is read when.
weir::TestStream<int> timed(std::size_t n, std::uint64_t seed) {
    weir::Random random(seed);
    weir::TestStream<int> script;
    std::int64_t now = 100;
    for (const int x : laws::numbers(n, seed)) {
        now += static_cast<std::int64_t>(random.below(5));
        script.event(x, weir::Timestamp(std::chrono::seconds(now - static_cast<std::int64_t>(random.below(8)))));
        if (random.one_in(3)) script.watermark(weir::Timestamp(std::chrono::seconds(now - 5)));
    }
    return script;
}

constexpr auto last_digit = [](int x) { return x % 10; };
constexpr auto pair_up = [](int l, int r) { return 1000 * l + r; };
constexpr auto pair_or_left = [](int l, const int* r) { return 1000 * l + (r != nullptr ? *r : 999); };

} // namespace

TEST_CASE("a join of two inputs keeps the laws, whichever of them is ahead") {
    const weir::LawOptions options{.runs = 8, .marks = false, .other_sources = true};
    weir::check_laws(timed(60, 3), [other = timed(50, 4)](auto source, auto sink, const weir::Fault& fault) {
        return weir::interval_join(std::move(source) | weir::key_by(last_digit), weir::from(weir::TestStream<int>(other)) | weir::key_by(last_digit),
                                   weir::within(-6s, 9s).left_outer(), failing(fault, pair_or_left)) |
               std::move(sink);
    }, options);
}

TEST_CASE("an as-of join of two inputs gives the same, whichever of them is ahead") {
    weir::check_equivalence(timed(60, 5), [other = timed(50, 6)](auto source, auto sink) {
        return weir::temporal_join<weir::JoinType::left>(std::move(source) | weir::key_by(last_digit), weir::from(weir::TestStream<int>(other)) | weir::stage({.capacity = 3}) | weir::key_by(last_digit),
                                                         pair_or_left) |
               std::move(sink);
    }, {.runs = 8, .marks = false, .other_sources = true});
}

TEST_CASE("a barrier does not wait for all of a table that is loaded first, whichever of both comes through a stage") {
    const auto recovers = [](const auto& before_table) {
        weir::check_recovery(timed(400, 7), [before_table](auto source, auto sink) {
            auto table = weir::from(laws::numbers(40, 9)) | before_table | weir::key_by(last_digit);
            return weir::lookup_join<weir::JoinType::left>(std::move(source) | weir::stage({.capacity = 512}) | weir::key_by(last_digit),
                                                           weir::table(std::move(table)).load_first(), pair_or_left) |
                   std::move(sink);
        }, {.runs = 8});
    };
    recovers(weir::stage({.capacity = 3}));
    recovers(weir::filter([](int x) { return x != 7; }));
}

TEST_CASE("a merge that is a side of a join is saved and loaded with it") {
    weir::check_recovery(timed(60, 7), [other = timed(50, 8)](auto source, auto sink) {
        return weir::interval_join(weir::merge(std::move(source), weir::from(weir::TestStream<int>(other))) | weir::key_by(last_digit),
                                   weir::from(weir::TestStream<int>(other)) | weir::key_by(last_digit), weir::within(-6s, 9s), pair_up) |
               std::move(sink);
    }, {.runs = 8, .marks = false, .other_sources = true});
}
