// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <cstdint>
#include <limits>

namespace weir::detail {

/// Numbered things in the order of their times, no two of the same: a list, and over it a tree that finds a place in it, so that what comes
/// in no order takes a logarithm of their number, not all of it. The tree is a treap (Seidel, Aragon: Randomized search trees, 1996), whose
/// random ranks are hashes of the numbers. What comes nearly in order, as most does, is found from the newest on, and never needs it.
///     Nodes: nodes[number] has its `start`, and links of its own: `before` and `behind` in the list, `less` and `more` in the tree.
struct TimeList {
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t oldest = none;
    std::uint32_t newest = none;
    std::uint32_t root = none;
    std::uint32_t planted = none; // the last one that is in the tree, with all before it

    /// The last one that starts then or before, or none.
    template <typename Nodes>
    [[nodiscard]] std::uint32_t last_until(Nodes& nodes, Timestamp start) noexcept {
        std::uint32_t at = newest;
        for (int steps = 0; at != planted && nodes[at].start > start; ++steps) {
            if (steps == 16) return plant(nodes), last_in_tree(nodes, start);
            at = nodes[at].before;
        }
        return at != planted || at == none || nodes[at].start <= start ? at : last_in_tree(nodes, start);
    }
    /// The first one that starts then or behind it, or none. Looked for among the oldest first.
    template <typename Nodes>
    [[nodiscard]] std::uint32_t first_from(Nodes& nodes, Timestamp start) noexcept {
        std::uint32_t at = oldest;
        for (int steps = 0; at != none && nodes[at].start < start; ++steps) {
            if (steps == 16) return nodes[last_until(nodes, start - Duration(1))].behind;
            at = nodes[at].behind;
        }
        return at;
    }
    /// Puts one in behind `before`, the last that starts before it.
    template <typename Nodes>
    void insert(Nodes& nodes, std::uint32_t at, std::uint32_t before) noexcept {
        auto& node = nodes[at];
        node.before = before;
        node.behind = before == none ? oldest : nodes[before].behind;
        (before == none ? oldest : nodes[before].behind) = at;
        (node.behind == none ? newest : nodes[node.behind].before) = at;
        if (planted != none && node.start < nodes[planted].start) grow(nodes, at);
    }
    template <typename Nodes>
    void remove_oldest(Nodes& nodes) noexcept {
        if (root != none) {
            std::uint32_t* link = &root;
            while (nodes[*link].less != none) link = &nodes[*link].less;
            *link = nodes[*link].more;
            if (planted == oldest) planted = none;
        }
        oldest = nodes[oldest].behind;
        (oldest == none ? newest : nodes[oldest].before) = none;
    }

private:
    template <typename Nodes>
    [[nodiscard]] std::uint32_t last_in_tree(const Nodes& nodes, Timestamp start) const noexcept {
        std::uint32_t found = none;
        for (std::uint32_t at = root; at != none;) {
            const bool until = nodes[at].start <= start;
            if (until) found = at;
            at = until ? nodes[at].more : nodes[at].less;
        }
        return found;
    }
    template <typename Nodes>
    [[gnu::noinline]] void plant(Nodes& nodes) noexcept {
        for (std::uint32_t at = planted == none ? oldest : nodes[planted].behind; at != none; at = nodes[at].behind) grow(nodes, at);
        planted = newest;
    }
    template <typename Nodes>
    [[gnu::noinline]] void grow(Nodes& nodes, std::uint32_t at) noexcept {
        auto& node = nodes[at];
        std::uint32_t* link = &root;
        while (*link != none && rank(*link) > rank(at)) link = side(nodes[*link], node.start);
        std::uint32_t below = *link; // is divided between its two sides
        *link = at;
        std::uint32_t* less = &node.less;
        std::uint32_t* more = &node.more;
        while (below != none) {
            std::uint32_t*& end = nodes[below].start < node.start ? less : more;
            *end = below;
            end = side(nodes[below], node.start);
            below = *end;
        }
        *less = *more = none;
    }
    /// Where in the tree below a node a time belongs.
    template <typename Node>
    static std::uint32_t* side(Node& node, Timestamp start) noexcept { return node.start < start ? &node.more : &node.less; }
    static std::uint32_t rank(std::uint32_t at) noexcept {
        at = (at ^ (at >> 16U)) * 0x85EBCA6BU; // the mixer of MurmurHash3: every number has a rank of its own
        at = (at ^ (at >> 13U)) * 0xC2B2AE35U;
        return at ^ (at >> 16U);
    }
};

} // namespace weir::detail
