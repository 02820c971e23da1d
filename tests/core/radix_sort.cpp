// SPDX-License-Identifier: BSL-1.0
#include <weir/core/radix_sort.hpp>
#include <weir/testing.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace {

struct Row {
    std::uint64_t key;
    std::size_t place;
};

/// Each place once, by their keys, equal ones by their places.
bool are_sorted(std::span<const Row> rows, const std::vector<std::uint64_t>& keys) {
    std::vector<char> seen(keys.size(), 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0 && not(rows[i - 1].key < rows[i].key || (rows[i - 1].key == rows[i].key && rows[i - 1].place < rows[i].place))) return false;
        if (rows[i].key != keys[rows[i].place] || seen[rows[i].place]++ != 0) return false;
    }
    return rows.size() == keys.size();
}

TEST_CASE("rows of any number are sorted by keys of any kind, out of blocks and where they are") {
    weir::Random random(3);
    const auto by = [](const Row& row) { return row.key; };
    const weir::detail::RadixSort<Row, decltype(by)> sort{by};
    const std::function<std::uint64_t(std::size_t, std::size_t)> kinds[] = {
        [&](std::size_t, std::size_t) { return random.next(); },
        [&](std::size_t, std::size_t n) { return random.below(n); },
        [&](std::size_t, std::size_t) { return random.below(1000) << 20U; },
        [&](std::size_t, std::size_t) { return random.one_in(500) ? random.next() : random.below(40); },       // most in one part
        [&](std::size_t, std::size_t) { return (random.below(3) << 62U) + (random.below(5) << 31U) + random.below(900); }, // bits between never differ
        [&](std::size_t i, std::size_t) { return (random.next() & 1U) << 63U | i; },
        [](std::size_t i, std::size_t) { return i / 3; },
        [](std::size_t i, std::size_t n) { return (n - i) / 3; },
        [](std::size_t, std::size_t) { return std::uint64_t{7}; },
    };
    for (const std::size_t n : {0U, 1U, 2U, 24U, 25U, 300U, 4095U, 4096U, 9000U, 70'000U})
        for (const auto& kind : kinds) {
            std::vector<std::uint64_t> keys;
            weir::detail::Blocks<Row> blocks(std::size_t{1} << random.between(4, 17));
            std::vector<Row> rows;
            for (std::size_t i = 0; i < n; ++i) {
                keys.push_back(kind(i, n));
                rows.push_back({keys.back(), i});
                blocks.emplace(keys.back(), i);
            }
            std::vector<Row> other(n);
            sort(std::span(rows), other.data());
            REQUIRE(are_sorted(rows, keys));
            weir::detail::Buffer<Row> sorted;
            sort(blocks, sorted);
            REQUIRE(are_sorted(sorted.all(), keys));
        }
}

} // namespace
