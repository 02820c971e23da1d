// SPDX-License-Identifier: BSL-1.0
// What a user writes first: an operator of a few lines with only on_event. It keeps every law in every runner.
#include "laws/laws.hpp"

#include <numeric>

namespace {

/// Gives each number, and twice those that can be divided by three; none below five.
struct Uneven {
    using kind = weir::OperatorKind;

    template <typename Stream>
    using out = weir::with_event_t<Stream, int>;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        const int x = weir::value_of(event);
        if (x < 5) return;
        next.on_event(weir::with_value(event, x));
        if (x % 3 == 0) next.on_event(weir::with_value(event, -x));
    }
};

} // namespace

TEST_CASE("a user's operator with only on_event keeps every law in every runner") {
    laws::hold_for_operator([](const weir::Fault&) { return Uneven{}; });
    laws::hold_inside([](const weir::Fault&) { return Uneven{}; });
    const auto make = [](auto source, auto sink) { return std::move(source) | Uneven{} | std::move(sink); };
    weir::check_equivalence(laws::numbers(80), make);
    weir::check_accounting(laws::numbers(80), make);
    weir::check_errors(laws::numbers(80), make);
    weir::check_recovery(laws::numbers(80), make);
}

TEST_CASE("a user's operator is counted: in, out, and what gave nothing as filtered") {
    std::vector<int> got;
    const weir::Report report = weir::run(weir::from(std::vector{1, 6, 7, 2}) | Uneven{} | weir::collect_into(got));
    REQUIRE(got == std::vector{6, -6, 7});
    const weir::OperatorReport& row = report.at("operator#1");
    REQUIRE(row.in == 4);
    REQUIRE(row.out == 3);
    REQUIRE(row.passed == 2);
    REQUIRE(row.dropped(weir::Drop::filtered) == 2);
}

TEST_CASE("the first program of check_equivalence in design.md does what it says") {
    const std::vector<int> input = laws::numbers(50);
    weir::check_equivalence(input, [](auto source, auto sink) { return source | weir::filter(laws::is_even) | sink; });
}
