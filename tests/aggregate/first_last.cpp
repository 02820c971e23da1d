// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/first_last.hpp>
#include <weir/aggregate.hpp>
#include <weir/sketches.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Login {
    std::string user;
    int at = 0;
};

constexpr bool keeps_the_ends() {
    const auto first = weir::first();
    const auto last = weir::last();
    weir::aggregate_state_t<weir::First<std::identity>, int> one;
    weir::aggregate_state_t<weir::Last<std::identity>, int> other;
    if (one.has_result() || other.has_result()) return false;
    for (const int i : {4, 7, 5}) {
        first.add(one, i);
        last.add(other, i);
    }
    return one.has_result() && first.finish(one) == 4 && last.finish(other) == 5;
}

TEST_CASE("first and last give what arrived first and last") {
    static_assert(keeps_the_ends());
    CHECK(keeps_the_ends());
    const std::vector<Login> logins{{"ann", 3}, {"bob", 1}, {"eve", 2}};
    CHECK(result_of<Login>(weir::first(&Login::user), logins) == "ann");
    CHECK(result_of<Login>(weir::last(&Login::user), logins) == "eve");
    CHECK(result_of<Login>(weir::last([](const Login& l) { return l.at; }), logins) == 2);
    CHECK(result_of<Login>(weir::last(), logins).user == "eve");
}

TEST_CASE("first and last are the same however the values are cut, saved and loaded") {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::vector<std::string> words;
        for (unsigned i = 0; i <= seed; ++i) words.push_back(std::string(i * seed % 40, 'x') + std::to_string(i));
        CHECK(cut_result_of<std::string>(weir::first(), words, seed) == words.front());
        CHECK(cut_result_of<std::string>(weir::last(), words, seed) == words.back());
        CHECK(reused_result_of<std::string>(weir::first(), words, seed) == words.front());
        CHECK(reused_result_of<std::string>(weir::last(), words, seed) == words.back());
    }
}

TEST_CASE("what aggregates keep of a projection is owned, as a part of something else too") {
    const auto part = [](std::string_view s) { return std::pair(s, 1); };
    const auto parts = [](std::string_view s) { return std::vector{s, s}; };
    const auto all = weir::detail::in_one_pass(weir::first(part), weir::last(parts), weir::collect(part), weir::max(part), weir::arg_min(part, parts), weir::arg_max_all(part, part),
                                               weir::top_k(1, part, parts), weir::distinct_count([](std::string_view s) { return std::optional(s); }), weir::frequent_items(part, 1));
    weir::aggregate_state_t<decltype(all), std::string_view> state;
    for (const char c : {'x', 'z', 'y', 'y'}) all.add(state, std::string_view(std::string(40, c))); // gone at once
    using Part = std::pair<std::string, int>;
    const std::string x(40, 'x'), y(40, 'y'), z(40, 'z');
    const auto [first, last, collected, greatest, least, greatest_all, top, different, frequent] = all.finish(state);
    CHECK(first == Part(x, 1));
    CHECK(last == std::vector{y, y});
    CHECK(collected == std::vector{Part(x, 1), Part(z, 1), Part(y, 1), Part(y, 1)});
    CHECK(greatest == Part(z, 1));
    CHECK(least == std::vector{x, x});
    CHECK(greatest_all == std::vector{Part(z, 1)});
    CHECK(top.at(0) == std::vector{z, z});
    CHECK(different == 3);
    CHECK(frequent.at(0).item == Part(y, 1));
}

TEST_CASE("first and last own what they keep, have no result of none, and are not commutative") {
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::First<std::identity>, std::string_view>, std::string>);
    std::string text = "lent";
    const auto state = state_of<std::string_view>(weir::last(), {"before", text});
    text = "gone";
    CHECK(weir::last().finish(state) == "lent");
    CHECK_THROWS_AS(result_of<int>(weir::first(), {}), std::bad_optional_access);
    CHECK_THROWS_AS(result_of<int>(weir::last(), {}), std::bad_optional_access);
    static_assert(not weir::First<std::identity>::rules<int>.commutative && weir::First<std::identity>::rules<int>.exact);
    static_assert(not weir::Last<std::identity>::rules<int>.commutative && weir::Last<std::identity>::rules<int>.exact);
}

} // namespace
