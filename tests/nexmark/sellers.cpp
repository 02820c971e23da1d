// SPDX-License-Identifier: BSL-1.0
// The queries that join auctions with persons, and the one with a side input.
#include "nexmark/agree.hpp"
#include "nexmark/join_oracles.hpp"

using namespace nexmark_test;

namespace {

constexpr auto make_q3 = [](auto auctions, const Input& in) { return q3(std::move(auctions), weir::from(in.persons), in.disorder); };
constexpr auto make_q8 = [](auto auctions, const Input& in) { return q8(weir::from(in.persons), std::move(auctions), in.disorder); };
constexpr auto make_q13 = [](auto bids, const Input& in) { return q13(std::move(bids), weir::from(in.side)); };
constexpr auto its_oracle_q13 = [](const Input& in) { return oracle_q13(in, in.side); };

/// As agrees_in_all_ways, for queries of auctions: query(auctions, input).
template <typename Query, typename Oracle>
void auctions_agree(Query query, Oracle oracle) {
    agrees_in_spans(query, oracle, &Input::auctions);
    for (const Input& input : {generate({.events = 2'000, .seed = 4, .rate = 100}), generate({.events = 2'000, .seed = 5, .rate = 100, .shuffled = 10})}) {
        CHECK(difference(lines_of(query(weir::from(input.auctions), input)), oracle(input)) == "");
        weir::check_equivalence(input.auctions, [&](auto auctions, auto sink) { return query(std::move(auctions), input) | std::move(sink); },
                                {.runs = 4, .marks = false, .other_sources = true});
    }
}

} // namespace

TEST_CASE("Q3, local items, is what its oracle says however it is run") {
    auctions_agree(make_q3, oracle_q3);
    always_writes("ca794e17c5da497d", make_q3, false, &Input::auctions);
}

TEST_CASE("Q8, new sellers, is what its oracle says however it is run") {
    auctions_agree(make_q8, oracle_q8);
    always_writes("2420d09a1d61b2d6", make_q8, false, &Input::auctions);
}

TEST_CASE("Q13, side input, is what its oracle says however it is run") {
    agrees_in_spans(make_q13, its_oracle_q13);
    agrees_in_all_ways(make_q13, its_oracle_q13, {.runs = 2, .marks = false, .other_sources = true});
    always_writes("a71a88272b17b822", make_q13, false);

    Input input = generate({.events = 10'000});
    std::erase_if(input.side, [](const SideRow& row) { return row.key % 3 != 0; });
    CHECK(difference(lines_of(make_q13(weir::from(input.bids), input)), its_oracle_q13(input)) == "");
}

TEST_CASE("Q3 on a million events", "[soak]") { agrees_on_a_million(make_q3, oracle_q3, &Input::auctions); }
TEST_CASE("Q8 on a million events", "[soak]") { agrees_on_a_million(make_q8, oracle_q8, &Input::auctions); }
TEST_CASE("Q13 on a million events", "[soak]") { agrees_on_a_million(make_q13, its_oracle_q13); }
