// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/run/block_line.hpp>

#include <memory>

namespace {

/// Memory of a block, of which it is known how much there is.
struct Memory {
    static inline int there = 0;
    Memory() { ++there; }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory() { --there; }
};
struct Block {
    int n = 0;
    std::unique_ptr<Memory> memory{};
};
void put(weir::detail::BlockLine<Block>& line, int n) {
    line.next().n = n;
    if (not line.next().memory) line.next().memory = std::make_unique<Memory>();
    line.put();
}

} // namespace

TEST_CASE("blocks come in order, and a few use their memory again") {
    weir::detail::BlockLine<Block> line;
    for (int round = 0; round < 100; ++round) {
        put(line, 2 * round);
        if (round % 2 == 0) REQUIRE(line.take().n == 2 * round);
        put(line, 2 * round + 1);
        if (round % 2 != 0) REQUIRE(line.take().n == 2 * round);
        REQUIRE(line.take().n == 2 * round + 1);
        REQUIRE(line.size() == 0);
        CHECK(Memory::there <= 4);
    }
}

TEST_CASE("what many blocks had that waited at once is given back") {
    weir::detail::BlockLine<Block> line;
    for (int n = 0; n < 100; ++n) put(line, n);
    CHECK(Memory::there == 100);
    for (int n = 0; n < 100; ++n) REQUIRE(line.take().n == n);
    for (int n = 0; n < 100; ++n) {
        put(line, n);
        REQUIRE(line.take().n == n);
    }
    CHECK(Memory::there <= static_cast<int>(weir::detail::blocks_of_line));
}
