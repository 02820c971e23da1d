// SPDX-License-Identifier: BSL-1.0
// A state is kept for each key and window: empty ones have no heap memory, and those used again take none that they had before.
#include "../catch.hpp"
#include "../counting_new.hpp"

#include <weir/aggregate.hpp>
#include <weir/sketches.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

const auto every = weir::detail::in_one_pass(weir::count(), weir::first(&std::string_view::size), weir::arg_max(&std::string_view::size, &std::string_view::size),
                                        weir::top_k(5), weir::collect(&std::string_view::size), weir::distinct_count(&std::string_view::size),
                                        weir::quantile(&std::string_view::size, 0.5), weir::approx_distinct_count(), weir::approx_quantile(&std::string_view::size, 0.5),
                                        weir::frequent_items(2), weir::count_min());
using State = weir::aggregate_state_t<decltype(every), std::string_view>;

/// Texts of many lengths, all short enough for a std::string without memory of its own.
std::vector<std::string_view> texts() {
    static const std::string letters = "fifteen letters";
    std::vector<std::string_view> all;
    for (std::size_t i = 0; i < 200; ++i) all.push_back(std::string_view(letters).substr(i * 7 % 16));
    return all;
}

TEST_CASE("a state of no values has no heap memory") {
    const std::size_t before = allocations;
    {
        State state;
        State other = state;
        every.merge(state, other);
        weir::aggregate_state_t<weir::ExactSum<std::identity>, double> sum;
        sum.add(1);
    }
    CHECK(allocations == before);
}

TEST_CASE("a cleared state is filled again without an allocation") {
    const auto values = texts();
    State state;
    for (const auto& value : values) every.add(state, value);
    const std::size_t before = allocations;
    for (int round = 0; round < 3; ++round) {
        state.clear();
        for (const auto& value : values) every.add(state, value);
    }
    CHECK(allocations == before);
    CHECK(std::get<0>(every.finish(state)) == values.size());
}

TEST_CASE("last and max use the memory of the value before") {
    const std::string texts[]{std::string(100, 'a'), std::string(90, 'b'), std::string(95, 'c')};
    const auto both = weir::detail::in_one_pass(weir::last(), weir::max());
    weir::aggregate_state_t<decltype(both), std::string_view> state;
    both.add(state, std::string_view(texts[0]));
    const std::size_t before = allocations;
    for (int round = 0; round < 3; ++round)
        for (const std::string_view text : texts) both.add(state, text);
    CHECK(allocations == before);
    CHECK(both.finish(state) == std::tuple(texts[2], texts[2]));
}

} // namespace
