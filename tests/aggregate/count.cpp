// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/count.hpp>

#include "catch.hpp"

#include <string>

namespace {

constexpr bool counts() {
    const auto count = weir::count();
    weir::aggregate_state_t<weir::Count, int> state;
    if (count.finish(state) != 0) return false;
    count.add(state, 7);
    count.add(state, 7);
    auto later = state;
    count.add(later, 7);
    count.merge(state, later);
    if (count.finish(state) != 5) return false;
    count.remove(state, 7);
    return count.finish(state) == 4;
}

TEST_CASE("count counts, merges and takes back") {
    static_assert(counts());
    CHECK(counts());
    static_assert(weir::RemovableAggregateOn<weir::Count, std::string>);
    static_assert(weir::Count::rules<int>.exact && weir::Count::rules<int>.commutative);
}

} // namespace
