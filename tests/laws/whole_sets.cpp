// SPDX-License-Identifier: BSL-1.0
// Operators that keep a whole set: in memory, and by way of the disk (each run has another amount of memory).
#include "laws/laws.hpp"

using laws::failing;
using laws::hold_for_operator;

namespace {

/// Of which few are many: their groups are kept in parts.
struct Digits {
    int last;
    int all;
};

} // namespace

template <>
inline constexpr weir::detail::PartSizes weir::detail::part_sizes<Digits>{.table = 200, .waiting = 128};

TEST_CASE("groups in parts keep the laws with any amount of memory") {
    hold_for_operator([](const weir::Fault& fault) {
        return weir::map(failing(fault, [](int x) { return Digits{x % 10, x}; })) | weir::key_by(&Digits::last) |
               weir::aggregate(weir::count(), weir::sum(&Digits::all), weir::last(&Digits::all));
    });
}

TEST_CASE("sort_by keeps the laws with any amount of memory") {
    hold_for_operator([](const weir::Fault& fault) { return weir::sort_by(failing(fault, [](int x) { return -x; })); });
}

TEST_CASE("top_n keeps the laws") {
    for (const std::size_t n : {1U, 9U})
        hold_for_operator([n](const weir::Fault& fault) { return weir::top_n(n, failing(fault, [](int x) { return -x; })); });
}

TEST_CASE("sample keeps the laws") {
    hold_for_operator([](const weir::Fault&) { return weir::sample(9, 3); });
}
