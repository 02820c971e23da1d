// SPDX-License-Identifier: BSL-1.0
#include "nexmark/agree.hpp"

using namespace nexmark_test;

TEST_CASE("Q5, hot items, is what its oracle says however it is run") {
    agrees<Timed>([](auto bids, const Input& in) { return q5(std::move(bids), in.disorder); }, oracle_q5);
}

TEST_CASE("Q7, highest bid, is what its oracle says however it is run") {
    agrees<Timed>([](auto bids, const Input& in) { return q7(std::move(bids), in.disorder); }, oracle_q7);
}

TEST_CASE("Q11, user sessions, is what its oracle says however it is run") {
    agrees<Timed>([](auto bids, const Input& in) { return q11(std::move(bids), in.disorder); }, oracle_q11);
}

TEST_CASE("Q15, bidding statistics, is what its oracle says however it is run") {
    agrees<Timed>([](auto bids, const Input& in) { return q15(std::move(bids), in.disorder); }, oracle_q15);
}

TEST_CASE("Q16, channel statistics, is what its oracle says however it is run") {
    agrees<Timed>([](auto bids, const Input& in) { return q16(std::move(bids), in.disorder); }, oracle_q16);
}

TEST_CASE("Q17, auction statistics, is what its oracle says however it is run") {
    agrees<Timed>([](auto bids, const Input& in) { return q17(std::move(bids), in.disorder); }, oracle_q17);
}
