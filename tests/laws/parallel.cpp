// SPDX-License-Identifier: BSL-1.0
// Copies of a chain side by side give what one gives.
#include "laws/laws.hpp"

using laws::failing;

namespace {

constexpr auto last_digit = [](int x) { return x % 10; };
constexpr weir::ParallelOptions three{.copies = 3, .capacity = 4};

/// Copies get events as they have room, so what each of them counts is by chance.
weir::LawOptions by_chance() { return {.runs = 16, .counts = false}; }

} // namespace

TEST_CASE("copies by key keep the laws, and the order of each key") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        const auto add = failing(fault, [](int a, int b) { return a + b; });
        return std::move(source) | weir::parallel(three, weir::key_by(failing(fault, last_digit)) | weir::process_keyed<int, weir::Keyed<int, int>>([add](int x, int& sum, auto& context) {
                   sum = add(sum, x);
                   context.emit(weir::Keyed<int, int>{x % 10, sum});
               })) | std::move(sink);
    };
    weir::check_laws(laws::numbers(80), make, {.runs = 16});
    weir::check_laws(std::vector<int>{}, make, {.runs = 4});
}

TEST_CASE("windows of keys in copies keep the laws: what is late, too") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        const auto time = failing(fault, [](int x) { return weir::Timestamp(std::chrono::seconds(x)); });
        return std::move(source) | weir::event_time(time, weir::bounded_disorder(std::chrono::seconds(20))) | weir::key_by(failing(fault, last_digit)) |
               weir::parallel(three, weir::window(weir::tumbling(std::chrono::seconds(4)).allowed_lateness(std::chrono::seconds(2))) | weir::aggregate(weir::sum([](int x) { return x; }), weir::count())) |
               std::move(sink);
    };
    weir::check_laws(laws::numbers(90), make, {.runs = 16, .marks = false});
    weir::check_laws(laws::numbers(90, 8), make, {.runs = 16, .marks = false});
}

TEST_CASE("windows behind copies drop as late what one would") {
    const auto make = [](auto source, auto sink) {
        return std::move(source) | weir::parallel(three, weir::key_by(last_digit) | weir::scan(0, [](int a, int b) { return a + b; })) | weir::map([](int x) { return x % 3; }) |
               weir::key_by([](int x) { return x; }) | weir::window(weir::tumbling(std::chrono::seconds(4))) | weir::aggregate(weir::count()) | std::move(sink);
    };
    weir::check_equivalence(laws::timed(90), make, {.runs = 24, .marks = false});
    weir::check_recovery(laws::timed(90), make, {.runs = 16, .marks = false});
}

TEST_CASE("copies in turn keep the laws, in any order") {
    weir::check_laws(laws::numbers(80), [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::parallel(three, weir::map(failing(fault, [](int x) { return x + 1; })) | weir::flat_map([](int x) { return std::vector<int>(static_cast<std::size_t>(x % 4), x); })) | std::move(sink);
    }, by_chance());
}

TEST_CASE("copies whose results are put in order keep the laws, as one would give them") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::parallel(three, weir::filter(failing(fault, laws::is_small)) | weir::flat_map([](int x) { return std::vector<int>(static_cast<std::size_t>(x % 4), x); }), weir::ordered) |
               weir::parallel({.copies = 2, .capacity = 4}, weir::map([](int x) { return x + 1; }), weir::ordered) | std::move(sink);
    };
    weir::check_laws(laws::timed(80), make, by_chance());
}
