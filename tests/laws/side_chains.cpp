// SPDX-License-Identifier: BSL-1.0
#include "laws/laws.hpp"

#include <stdexcept>

using laws::failing;
using laws::hold_for_operator;

namespace {

constexpr auto fails_for_some = [](int x) {
    if (x % 11 == 3) throw std::invalid_argument("eleven");
    return x + 1;
};
constexpr auto ignore = [](const auto&) {};

} // namespace

TEST_CASE("try_map with drop keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::try_map(failing(fault, fails_for_some), weir::drop()); }, {.handles_errors = true});
}

TEST_CASE("try_map with a chain for dead letters keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        return weir::try_map(failing(fault, fails_for_some), weir::dead_letter(weir::for_each(ignore)));
    }, {.handles_errors = true});
}

TEST_CASE("try_map with fail keeps the laws") {
    hold_for_operator([](const weir::Fault&) { return weir::try_map([](int x) { return x + 1; }); });
}

TEST_CASE("broadcast keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        return weir::broadcast(weir::map(failing(fault, [](int x) { return x + 1; })), weir::filter(laws::is_even) | weir::for_each(ignore));
    });
}

TEST_CASE("merge keeps the laws") {
    weir::check_laws(laws::numbers(50), [](auto source, auto sink, const weir::Fault& fault) {
        return weir::merge(std::move(source) | weir::filter(laws::is_even), weir::from(laws::numbers(30, 8)) | weir::scan(0, [](int sum, int x) { return sum + x; })) |
               weir::map(failing(fault, [](int x) { return x + 1; })) | std::move(sink);
    }, {.runs = 12, .other_sources = true});
}
