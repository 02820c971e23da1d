// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/keyed/time_list.hpp>
#include <weir/testing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

using weir::Duration;
using weir::Timestamp;
using weir::detail::TimeList;

namespace {

struct Node {
    Timestamp start{};
    std::uint32_t before = TimeList::none, behind = TimeList::none, less = TimeList::none, more = TimeList::none;
};
/// Nodes that count how often one is looked at.
struct Nodes {
    std::vector<Node> all;
    mutable std::uint64_t looks = 0;
    Node& operator[](std::uint32_t i) { return ++looks, all.at(i); }
    const Node& operator[](std::uint32_t i) const { return ++looks, all.at(i); }
};
Timestamp at(std::int64_t n) { return Timestamp(Duration(n)); }

/// In the order in which they come.
std::uint32_t add(Nodes& nodes, TimeList& list, Timestamp start) {
    const std::uint32_t before = list.last_until(nodes, start);
    nodes.all.push_back({.start = start});
    const auto number = static_cast<std::uint32_t>(nodes.all.size() - 1);
    list.insert(nodes, number, before);
    return number;
}

} // namespace

TEST_CASE("what is in a list of times is found, as in a map, whatever comes and goes") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        weir::Random random(seed);
        Nodes nodes;
        TimeList list;
        std::map<Timestamp, std::uint32_t> truth;
        for (int step = 0; step < 600; ++step) {
            const Timestamp t = at(static_cast<std::int64_t>(random.below(500)));
            if (random.one_in(4) && not truth.empty()) {
                REQUIRE(list.oldest == truth.begin()->second);
                list.remove_oldest(nodes);
                truth.erase(truth.begin());
            } else if (not truth.contains(t)) {
                truth[t] = add(nodes, list, t);
            }
            const Timestamp wanted = at(static_cast<std::int64_t>(random.below(520)) - 10);
            const auto behind = truth.upper_bound(wanted), from = truth.lower_bound(wanted);
            REQUIRE(list.last_until(nodes, wanted) == (behind == truth.begin() ? TimeList::none : std::prev(behind)->second));
            REQUIRE(list.first_from(nodes, wanted) == (from == truth.end() ? TimeList::none : from->second));
        }
        std::uint32_t one = list.oldest, last = TimeList::none;
        for (const auto& [start, number] : truth) {
            REQUIRE(one == number);
            REQUIRE(nodes[one].start == start);
            REQUIRE(nodes[one].before == last);
            last = one;
            one = nodes[one].behind;
        }
        REQUIRE(one == TimeList::none);
        REQUIRE(list.newest == last);
    }
}

TEST_CASE("the ends of time are times") {
    Nodes nodes;
    TimeList list;
    REQUIRE(list.first_from(nodes, weir::min_time) == TimeList::none);
    const std::uint32_t last = add(nodes, list, weir::max_time), first = add(nodes, list, weir::min_time);
    REQUIRE(list.first_from(nodes, weir::min_time) == first);
    REQUIRE(list.last_until(nodes, weir::min_time) == first);
    REQUIRE(list.first_from(nodes, at(0)) == last);
    REQUIRE(list.last_until(nodes, weir::max_time) == last);
}

TEST_CASE("a place among many is found with few looks, whatever order they have come in") {
    constexpr std::size_t n = 20'000;
    std::vector<std::int64_t> times(n);
    std::iota(times.begin(), times.end(), 0);
    const auto looks = [&times] { // at a place, to make and to find
        Nodes nodes;
        TimeList list;
        for (const std::int64_t t : times) add(nodes, list, at(t));
        const std::uint64_t made = nodes.looks;
        for (const std::int64_t t : times) REQUIRE(list.last_until(nodes, at(t)) != TimeList::none);
        const std::uint64_t found = nodes.looks - made;
        for (std::size_t i = 0; i < n; ++i) list.remove_oldest(nodes);
        REQUIRE(list.root == TimeList::none);
        REQUIRE(nodes.looks < made + found + 100 * n);
        return (made + found) / n;
    };
    REQUIRE(looks() < 150); // about 20 of a tree's height, each with two or three looks
    std::reverse(times.begin(), times.end());
    REQUIRE(looks() < 150);
    weir::Random random(1);
    for (std::size_t i = n; i > 1; --i) std::swap(times[i - 1], times[static_cast<std::size_t>(random.below(i))]);
    REQUIRE(looks() < 150);
}
