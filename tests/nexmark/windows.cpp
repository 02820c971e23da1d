// SPDX-License-Identifier: BSL-1.0
// The queries with windows over bids, those of a day among them.
#include "nexmark/agree.hpp"

using namespace nexmark_test;

namespace {

constexpr auto make_q5 = [](auto bids, const Input& in) { return q5(std::move(bids), in.disorder); };
constexpr auto make_q7 = [](auto bids, const Input& in) { return q7(std::move(bids), in.disorder); };
constexpr auto make_q11 = [](auto bids, const Input& in) { return q11(std::move(bids), in.disorder); };
constexpr auto make_q15 = [](auto bids, const Input& in) { return q15(std::move(bids), in.disorder); };
constexpr auto make_q16 = [](auto bids, const Input& in) { return q16(std::move(bids), in.disorder); };
constexpr auto make_q17 = [](auto bids, const Input& in) { return q17(std::move(bids), in.disorder); };

} // namespace

TEST_CASE("Q5, hot items, is what its oracle says however it is run") {
    agrees<Timed>(make_q5, oracle_q5);
    always_writes("c454e1584d0cb25d", make_q5);
}

TEST_CASE("Q7, highest bid, is what its oracle says however it is run") {
    agrees<Timed>(make_q7, oracle_q7);
    always_writes("1c1861592bcefa82", make_q7);
}

TEST_CASE("Q11, user sessions, is what its oracle says however it is run") {
    agrees<Timed>(make_q11, oracle_q11);
    always_writes("8270e27085afba01", make_q11);
}

TEST_CASE("Q15, bidding statistics, is what its oracle says however it is run") {
    agrees<Timed>(make_q15, oracle_q15);
    always_writes("7bb58157715f033f", make_q15);
}

TEST_CASE("Q16, channel statistics, is what its oracle says however it is run") {
    agrees<Timed>(make_q16, oracle_q16);
    always_writes("3f24162b114e4044", make_q16);
}

TEST_CASE("Q17, auction statistics, is what its oracle says however it is run") {
    agrees<Timed>(make_q17, oracle_q17);
    always_writes("0751bcb75eb5e761", make_q17);
}

TEST_CASE("Q5 on a million events", "[soak]") { agrees_on_a_million(make_q5, oracle_q5); }
TEST_CASE("Q7 on a million events", "[soak]") { agrees_on_a_million(make_q7, oracle_q7); }
TEST_CASE("Q11 on a million events", "[soak]") { agrees_on_a_million(make_q11, oracle_q11); }
TEST_CASE("Q15 on a million events", "[soak]") { agrees_on_a_million(make_q15, oracle_q15); }
TEST_CASE("Q16 on a million events", "[soak]") { agrees_on_a_million(make_q16, oracle_q16); }
TEST_CASE("Q17 on a million events", "[soak]") { agrees_on_a_million(make_q17, oracle_q17); }
