// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/aggregate/min_max.hpp>
#include <weir/keyed/sliding_merge.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

using weir::detail::LatestParts;
using weir::detail::SlidingMerge;
using weir::detail::TwoStacks;

namespace {

/// Text, so that a wrong order shows; counts the merges.
struct Joined {
    std::size_t* merges;
    template <typename T>
    using State = std::string;
    void add(std::string& state, char value) const { state += value; }
    void merge(std::string& state, const std::string& later) const {
        state += later;
        ++*merges;
    }
};
using Part = weir::detail::WindowPart<std::string, false>;

Part part_of(std::size_t i) {
    Part part;
    part.state = std::string(1, static_cast<char>('a' + i % 26));
    return part;
}
std::string latest(std::size_t end, std::size_t n) {
    std::string text;
    for (std::size_t i = end - n; i < end; ++i) text += part_of(i).state;
    return text;
}

/// Pushes parts one by one, or where there are enough of them in runs of up to `run`; gives how many merges one of them took at most.
template <typename Merge>
std::size_t most_merges(std::size_t n, std::size_t run) {
    std::size_t merges = 0, most = 0;
    const Joined joined{&merges};
    Merge merge(n);
    std::vector<Part::Packed> room(merge.places());
    for (std::size_t i = 0; i < 10 * n;) {
        merges = 0;
        if (run == 0 || i + 1 < n) {
            merge.push(room.data(), part_of(i), joined);
            if (++i >= n && merge.total(room.data(), joined).state != latest(i, n)) FAIL("after " << i << " parts, windows of " << n);
        } else {
            const std::size_t length = std::min(merge.left(), run);
            std::size_t end = i;
            const auto take = [&](const Part& all) {
                if (all.state != latest(++end, n)) FAIL("after " << end << " parts, windows of " << n << ", runs of " << run);
            };
            merge.run(room.data(), length, [&](std::size_t k) { return part_of(i + k); }, take, joined);
            i += length;
            merges /= length;
        }
        most = std::max(most, merges);
    }
    return most;
}

} // namespace

TEST_CASE("the latest n parts are merged in their order, with four merges for each at most, whatever n") {
    for (std::size_t n = 2; n < 40; ++n)
        for (const std::size_t run : {0U, 1U, 2U, 3U, 7U, 100U}) CHECK(most_merges<SlidingMerge<Part>>(n, run) <= 4);
    CHECK(most_merges<SlidingMerge<Part>>(1000, 0) <= 4);
}

TEST_CASE("two stacks merge the latest n parts with a pause of n merges at most, and three for each part on average") {
    for (std::size_t n = 2; n <= 16; ++n) {
        for (const std::size_t run : {0U, 1U, 2U, 3U, 7U}) CHECK(most_merges<TwoStacks<Part>>(n, run) <= n);
        CHECK(most_merges<TwoStacks<Part>>(n, 100) <= 3);
    }
    CHECK(most_merges<TwoStacks<Part>>(100, 1000) <= 3);
}

TEST_CASE("the least and greatest numbers are kept without saying that there is one") {
    using Best = weir::detail::WindowPart<weir::detail::BestNumber<double, true>, false>;
    STATIC_REQUIRE(sizeof(Best::Packed) == sizeof(double));
    Best part;
    part.state.add(-3.5);
    const Best again = Best::Packed(part);
    CHECK(again.state.has_result());
    CHECK(again.state.value == -3.5);
}

TEST_CASE("parts that grow are merged when they are asked for") {
    for (std::size_t n = 2; n < 40; ++n)
        for (const std::size_t run : {0U, 3U}) CHECK(most_merges<LatestParts<Part>>(n, run) == n - 1);
}
