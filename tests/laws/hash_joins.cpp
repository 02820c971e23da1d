// SPDX-License-Identifier: BSL-1.0
// Whole-set joins: whatever of the left side comes how, wherever they are saved and loaded. (Against nested loops: tests/keyed/hash_join.cpp.)
#include "laws/laws.hpp"

using laws::failing;

namespace {

constexpr auto last_digits = [](int x) { return x % 20; };
constexpr auto pair_up = [](int l, int r) { return 1000 * l + r; };
constexpr auto pair_or_one = [](const int* l, const int* r) { return 1000 * (l != nullptr ? *l : 999) + (r != nullptr ? *r : 999); };
const weir::LawOptions options{.runs = 8, .marks = false, .other_sources = true};

auto right_side() { return weir::from(laws::numbers(150, 4)) | weir::key_by(last_digits); }

} // namespace

TEST_CASE("a hash join keeps the laws, many partners and few") {
    weir::check_laws(laws::numbers(60, 3), [](auto source, auto sink, const weir::Fault& fault) {
        return weir::hash_join(std::move(source) | weir::key_by(last_digits), right_side(), failing(fault, pair_up)) | std::move(sink);
    }, options);
}

TEST_CASE("so does a full one, which gives more at its end") {
    weir::check_laws(laws::numbers(60, 5), [](auto source, auto sink, const weir::Fault& fault) {
        return weir::hash_join<weir::JoinType::full>(std::move(source) | weir::filter([](int x) { return x % 3 != 0; }) | weir::key_by(last_digits), right_side(),
                                                     failing(fault, pair_or_one)) |
               std::move(sink);
    }, options);
}

TEST_CASE("an anti hash join is saved and loaded at any point, while its right side comes too") {
    weir::check_recovery(laws::numbers(80, 7), [](auto source, auto sink) {
        return weir::hash_join<weir::JoinType::anti>(std::move(source) | weir::stage({.capacity = 512}) | weir::key_by([](int x) { return x % 50; }), right_side()) |
               std::move(sink);
    }, {.runs = 8});
}
