// SPDX-License-Identifier: BSL-1.0
// The queries that join streams; the pipeline of the bids comes in many forms, of auctions and persons in one.
#include "nexmark/agree.hpp"
#include "nexmark/join_oracles.hpp"

using namespace nexmark_test;

TEST_CASE("Q9, winning bids, is what its oracle says however it is run") {
    const auto query = [](auto bids, const Input& in) { return q9(weir::from(in.auctions), std::move(bids), in.disorder, in.longest); };
    agrees_in_spans(query, oracle_q9);
    agrees_in_all_ways(query, oracle_q9, {.runs = 4, .marks = false, .other_sources = true});
}

TEST_CASE("Q4, average price for a category, is what its oracle says") {
    agrees_in_spans([](auto bids, const Input& in) { return q4(weir::from(in.auctions), std::move(bids), in.disorder, in.longest); }, oracle_q4);
}

TEST_CASE("Q6, average selling price by seller, is what its oracle says however it is run") {
    const auto query = [](auto bids, const Input& in) { return q6(weir::from(in.auctions), std::move(bids), in.disorder, in.longest); };
    agrees_in_spans(query, oracle_q6);
    agrees_in_all_ways(query, oracle_q6, {.runs = 4, .marks = false, .other_sources = true});
}

TEST_CASE("Q20, bids with their auction, is what its oracle says however it is run") {
    const auto query = [](auto bids, const Input& in) { return q20(std::move(bids), weir::from(in.auctions), in.disorder); };
    agrees_in_spans(query, oracle_q20);
    agrees_in_all_ways(query, oracle_q20, {.runs = 4, .marks = false, .other_sources = true});
}
