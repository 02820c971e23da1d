// SPDX-License-Identifier: BSL-1.0
// The queries that join persons with auctions, and the one with a side input.
#include "nexmark/agree.hpp"
#include "nexmark/join_oracles.hpp"

using namespace nexmark_test;

namespace {

/// As agrees_in_all_ways, for queries of auctions: query(auctions, input).
template <typename Query, typename Oracle>
void auctions_agree(Query query, Oracle oracle) {
    for (const Input& input : inputs(20'000)) {
        CHECK_FALSE(oracle(input).empty());
        CHECK(difference(lines_of(query(weir::from(input.auctions), input)), oracle(input)) == "");
    }
    for (const Input& input : {generate({.events = 2'000, .seed = 4, .rate = 100}), generate({.events = 2'000, .seed = 5, .rate = 100, .shuffled = 10})}) {
        CHECK(difference(lines_of(query(weir::from(input.auctions), input)), oracle(input)) == "");
        weir::check_equivalence(input.auctions, [&](auto auctions, auto sink) { return query(std::move(auctions), input) | std::move(sink); },
                                {.runs = 4, .marks = false, .other_sources = true});
    }
}

} // namespace

TEST_CASE("Q3, local items, is what its oracle says however it is run") {
    auctions_agree([](auto auctions, const Input& in) { return q3(std::move(auctions), weir::from(in.persons), in.disorder); }, oracle_q3);
}

TEST_CASE("Q8, new sellers, is what its oracle says however it is run") {
    auctions_agree([](auto auctions, const Input& in) { return q8(weir::from(in.persons), std::move(auctions), in.disorder); }, oracle_q8);
}

TEST_CASE("Q13, side input, is what its oracle says however it is run") {
    const auto oracle = [](const Input& in) { return oracle_q13(in, in.side); };
    const auto query = [](auto bids, const Input& in) { return q13(std::move(bids), weir::from(in.side)); };
    agrees_in_spans(query, oracle);
    agrees_in_all_ways(query, oracle, {.runs = 2, .marks = false, .other_sources = true});

    Input input = generate({.events = 10'000});
    std::erase_if(input.side, [](const SideRow& row) { return row.key % 3 != 0; });
    CHECK(difference(lines_of(query(weir::from(input.bids), input)), oracle(input)) == "");
}
