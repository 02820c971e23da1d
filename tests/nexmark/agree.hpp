// SPDX-License-Identifier: BSL-1.0
// Holds a query against its oracle: on ordered and on disordered input in spans as they come, then on small inputs event by event, in
// random spans, through stages and in simulated interleavings, which must all agree.
#pragma once
#include "catch.hpp"
#include "nexmark/oracles.hpp"

#include <weir/testing.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace nexmark_test {

/// What the query writes, in its order.
template <typename Pipeline>
Lines written_by(Pipeline results) {
    Lines lines;
    weir::run(std::move(results) | weir::for_each([&lines](const auto& row) { add_line(lines, row); }));
    return lines;
}
template <typename Pipeline>
Lines lines_of(Pipeline results) { return sorted(written_by(std::move(results))); }

inline std::string hash_of(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line;
    return fmt::format("{:016x}", weir::stable_hash(text));
}

/// The first difference; a whole list would say too much.
inline std::string difference(const Lines& given, const Lines& expected) {
    if (given == expected) return {};
    std::string text = fmt::format("{} rows instead of {}", given.size(), expected.size());
    for (std::size_t i = 0; i < std::max(given.size(), expected.size()); ++i) {
        const std::string is = i < given.size() ? given[i] : "nothing\n", should = i < expected.size() ? expected[i] : "nothing\n";
        if (is != should) return text + "; number " + std::to_string(i) + ": " + is + "instead of " + should;
    }
    return text;
}

inline std::vector<Input> inputs(std::uint64_t events) {
    return {generate({.events = events, .seed = 1}), generate({.events = events, .seed = 2, .rate = 500, .shuffled = 100}),
            generate({.events = events, .seed = 3, .rate = 3, .shuffled = 7})};
}

inline std::string line_of(const auto& row) {
    std::string line;
    append_line(line, row, Format::csv);
    return line;
}

/// Holds the query, query(events, input), against its oracle on much input.
template <typename Query, typename Oracle, typename Event = Bid>
void agrees_in_spans(Query query, Oracle oracle, std::vector<Event> Input::*events = &Input::bids) {
    for (const Input& input : inputs(8'000)) {
        const Lines expected = oracle(input);
        CHECK_FALSE(expected.empty());
        CHECK(difference(lines_of(query(weir::from(input.*events), input)), expected) == "");
    }
}
/// The same on a million events, disordered.
template <typename Query, typename Oracle, typename Event = Bid>
void agrees_on_a_million(Query query, Oracle oracle, std::vector<Event> Input::*events = &Input::bids) {
    const Input input = generate({.events = 1'000'000, .seed = 6, .shuffled = 100});
    CHECK(difference(lines_of(query(weir::from(input.*events), input)), oracle(input)) == "");
}
/// What the query writes is the same in every run and on every machine. is_ordered: the order of its results is promised, too.
template <typename Query, typename Event = Bid>
void always_writes(const std::string& hash, Query query, bool is_ordered = true, std::vector<Event> Input::*events = &Input::bids) {
    const Input input = generate({.events = 20'000, .seed = 1});
    const Lines written = written_by(query(weir::from(input.*events), input));
    CHECK(hash_of(is_ordered ? written : sorted(written)) == hash);
}

inline std::vector<Input> small_inputs() {
    return {generate({.events = 300, .seed = 4, .rate = 20}), generate({.events = 300, .seed = 5, .rate = 20, .shuffled = 10})};
}
/// Holds it against the oracle and against itself in all the ways it can be run, on little input. options: see weir::LawOptions.
template <typename Query, typename Oracle>
void agrees_in_all_ways(Query query, Oracle oracle, const weir::LawOptions& options = {.runs = 6}) {
    for (const Input& input : small_inputs()) {
        CHECK(difference(lines_of(query(weir::from(input.bids), input)), oracle(input)) == "");
        weir::check_equivalence(input.bids, [&](auto bids, auto sink) { return query(std::move(bids), input) | std::move(sink); }, options);
    }
}

using Untimed = weir::AnyChain<Bid, std::string>;
using Timed = weir::AnyChain<Bid, weir::Event<std::string>>;

/// In all ways, as a chain whose type is erased: so that the compiler sees the many ways only once.
inline void agrees_erased(const auto& chain, const Input& input, const Lines& expected) {
    const auto make = [&](auto bids, auto sink) { return std::move(bids) | chain | std::move(sink); };
    Lines lines;
    weir::run(weir::from(input.bids) | chain | weir::for_each([&lines](const std::string& line) { lines.push_back(line); }));
    CHECK(difference(sorted(lines), expected) == "");
    weir::check_equivalence(input.bids, make, {.runs = 6});
}

/// query(bids, input): a pipeline from that of the bids, or a chain from a chain. Erased: Timed or Untimed, as its results are.
template <typename Erased, typename Query, typename Oracle>
void agrees(Query query, Oracle oracle) {
    agrees_in_spans(query, oracle);
    const auto bids = weir::filter([](const Bid&) { return true; });
    for (const Input& input : small_inputs()) {
        const Erased chain = query(bids, input) | weir::map([](const auto& row) { return line_of(row); });
        agrees_erased(chain, input, oracle(input));
    }
}

} // namespace nexmark_test
