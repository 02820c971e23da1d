// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/hash.hpp>
#include <weir/core/picked_span.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

using weir::detail::PickedBits;

TEST_CASE("the places of events that are picked are written in their order, behind those that are there") {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const std::uint64_t rare = weir::stable_hash(seed);
        std::uint64_t bits = weir::stable_hash(seed + 1000); // half of them;
        for (std::uint64_t i = 0; i < seed % 5; ++i) bits &= rare >> i | rare << (64 - i - 1); // or few,
        if (seed % 7 == 0) bits = ~bits;
        if (seed < 2) bits = seed - 1; // all or none
        const std::size_t first = seed % 4 * PickedBits::most;
        const std::size_t before = seed % 3;

        PickedBits picked;
        std::vector<unsigned char> expected(before, 77);
        for (std::size_t i = 0; i < PickedBits::most; ++i) {
            picked.add(i, (bits >> i & 1U) != 0);
            if ((bits >> i & 1U) != 0) expected.push_back(static_cast<unsigned char>(first + i));
        }
        const std::size_t room = expected.size() + PickedBits::behind;
        std::vector<unsigned char> places(room + 8, 77);
        const std::size_t k = picked.write(places.data(), before, first);
        CHECK(std::count(places.begin() + static_cast<std::ptrdiff_t>(room), places.end(), 77) == 8); // no more than that is written
        REQUIRE(k == expected.size());
        places.resize(k);
        CHECK(places == expected);
    }
}
