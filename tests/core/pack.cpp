// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/pack.hpp>
#include <weir/weir.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using weir::detail::join_packs;
using weir::detail::nth;
using weir::detail::nth_t;
using weir::detail::pack;
using weir::detail::Pack;
using weir::detail::unpack;

namespace {
struct Empty {};

constexpr bool keeps_order() {
    const auto all = join_packs(pack(1, 2), Pack<>(), pack(3), pack(4, 5));
    int digits = 0;
    unpack([&digits](auto... n) { ((digits = digits * 10 + n), ...); }, all);
    return digits == 12345 && decltype(all)::size == 5;
}
} // namespace

static_assert(keeps_order());

/// A user's own functions of these names are not ours.
namespace user {
template <std::size_t, typename T>
void nth(T&&) = delete;
template <typename... Ts>
void pack(Ts&&...) = delete;
template <typename... Ts>
void unpack(Ts&&...) = delete;
template <typename... Ts>
void join_packs(Ts&&...) = delete;
struct Twice {
    int operator()(int n) const { return 2 * n; }
};
} // namespace user

TEST_CASE("functions of a user have names of their own") {
    const std::vector<int> numbers{1, 2, 3};
    int sum = 0;
    const auto chain = weir::map(user::Twice()) | weir::filter([](int n) { return n > 2; }) | weir::key_by(user::Twice()) | weir::aggregate(weir::sum(user::Twice()));
    for (const std::size_t workers : {1U, 2U}) weir::run(weir::from(numbers) | chain | weir::for_each([&sum](const auto& row) { sum += static_cast<int>(row.key + row.value); }), {.workers = workers});
    CHECK(sum == 2 * (8 + 8 + 12 + 12));
}

TEST_CASE("packs joined have the elements of all, in their order") { CHECK(keeps_order()); }

TEST_CASE("a pack gives its elements, moved where it may be moved from") {
    auto two = pack(std::make_unique<int>(7), std::string("a text that needs memory of its own"));
    static_assert(std::is_same_v<nth_t<1, decltype(two)>, std::string>);
    static_assert(not std::is_copy_constructible_v<decltype(two)> && std::is_nothrow_move_constructible_v<decltype(two)>);
    nth<1>(two) += ", and more";
    const auto all = join_packs(pack(Empty(), Empty()), std::move(two));
    CHECK(*nth<2>(all) == 7);
    CHECK(nth<3>(all) == "a text that needs memory of its own, and more");
    CHECK(nth<0>(two) == nullptr);
}

TEST_CASE("what is unpacked from a pack that goes away is given away") {
    const auto taken = unpack([](auto&& p, auto&&...) { return std::unique_ptr<int>(std::move(p)); }, pack(std::make_unique<int>(3), 1));
    CHECK(*taken == 3);
}
