// SPDX-License-Identifier: BSL-1.0
// The queries that join auctions with bids; the pipeline of the bids comes in many forms, that of the auctions in one.
#include "nexmark/agree.hpp"
#include "nexmark/join_oracles.hpp"

using namespace nexmark_test;

namespace {

constexpr auto make_q4 = [](auto bids, const Input& in) { return q4(weir::from(in.auctions), std::move(bids), in.disorder, in.longest); };
constexpr auto make_q6 = [](auto bids, const Input& in) { return q6(weir::from(in.auctions), std::move(bids), in.disorder, in.longest); };
constexpr auto make_q9 = [](auto bids, const Input& in) { return q9(weir::from(in.auctions), std::move(bids), in.disorder, in.longest); };
constexpr auto make_q20 = [](auto bids, const Input& in) { return q20(std::move(bids), weir::from(in.auctions), in.disorder); };
const weir::LawOptions of_two_inputs{.runs = 4, .marks = false, .other_sources = true};

} // namespace

TEST_CASE("Q4, average price for a category, is what its oracle says however it is run") {
    agrees_in_spans(make_q4, oracle_q4);
    agrees_in_all_ways(make_q4, oracle_q4, of_two_inputs);
    always_writes("1e03d4c53fe3237e", make_q4, false);
}

TEST_CASE("Q6, average selling price by seller, is what its oracle says however it is run") {
    agrees_in_spans(make_q6, oracle_q6);
    agrees_in_all_ways(make_q6, oracle_q6, of_two_inputs);
    always_writes("6080d3c77f780f09", make_q6, false);
}

TEST_CASE("Q9, winning bids, is what its oracle says however it is run") {
    agrees_in_spans(make_q9, oracle_q9);
    agrees_in_all_ways(make_q9, oracle_q9, of_two_inputs);
    always_writes("a0d1981b244ae01a", make_q9, false);
}

TEST_CASE("Q20, bids with their auction, is what its oracle says however it is run") {
    agrees_in_spans(make_q20, oracle_q20);
    agrees_in_all_ways(make_q20, oracle_q20, of_two_inputs);
    always_writes("32797e105dfea8f1", make_q20, false);
}

TEST_CASE("Q4 on a million events", "[soak]") { agrees_on_a_million(make_q4, oracle_q4); }
TEST_CASE("Q6 on a million events", "[soak]") { agrees_on_a_million(make_q6, oracle_q6); }
TEST_CASE("Q9 on a million events", "[soak]") { agrees_on_a_million(make_q9, oracle_q9); }
TEST_CASE("Q20 on a million events", "[soak]") { agrees_on_a_million(make_q20, oracle_q20); }
