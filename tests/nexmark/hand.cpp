// SPDX-License-Identifier: BSL-1.0
// What the queries are measured against must do the same work.
#include "nexmark/hand/hand.hpp"

#include "nexmark/agree.hpp"
#include "nexmark/join_oracles.hpp"

using namespace nexmark_test;

namespace {

template <typename Query, typename Oracle>
void agrees_by_hand(Query query, Oracle oracle) {
    for (const Input& input : inputs(15'000)) {
        Lines lines;
        query(input, [&lines](const auto& row) { add_line(lines, row); });
        CHECK(difference(sorted(lines), oracle(input)) == "");
    }
}

} // namespace

TEST_CASE("Q1, Q5 and Q8 by hand are what their oracles say") {
    agrees_by_hand([](const Input& in, auto take) { hand::q1(in, take); }, oracle_q1);
    agrees_by_hand([](const Input& in, auto take) { hand::q5(in, take); }, oracle_q5);
    agrees_by_hand([](const Input& in, auto take) { hand::q8(in, take); }, oracle_q8);
}
