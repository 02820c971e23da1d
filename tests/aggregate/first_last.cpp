// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/first_last.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
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
