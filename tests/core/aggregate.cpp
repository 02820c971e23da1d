// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include "catch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace {

/// An aggregate of the user's own: the first and the last value, as text. Not commutative, so it shows the order of merging.
struct Ends {
    struct Both {
        std::string first;
        std::string last;
    };
    template <typename T>
    using State = Both;
    template <typename T>
    static constexpr weir::AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    void add(Both& state, const std::string& value) const {
        if (state.first.empty()) state.first = value;
        state.last = value;
    }
    void merge(Both& state, const Both& later) const {
        if (state.first.empty()) state = later;
        else if (not later.last.empty()) state.last = later.last;
    }
    [[nodiscard]] std::string finish(const Both& state) const { return state.first + ".." + state.last; }
};

TEST_CASE("an aggregate of the user's own is divided and merged in the order of its values") {
    static_assert(weir::AggregateOn<Ends, std::string>);
    static_assert(not weir::RemovableAggregateOn<Ends, std::string>);
    static_assert(not weir::AggregateOn<Ends, int>);
    static_assert(not weir::AggregateOn<int, int>);
    const std::vector<std::string> words{"a", "b", "c", "d", "e"};
    for (const std::size_t size : {1U, 2U, 3U, 9U}) {
        std::vector<std::string> results;
        weir::run(weir::from(words) | weir::micro_batch(size) | weir::process(weir::partial(Ends{})) | weir::combine(Ends{}) |
                  weir::collect_into(results));
        CHECK(results == std::vector<std::string>{"a..e"});
    }
}

} // namespace
