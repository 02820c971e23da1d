// SPDX-License-Identifier: BSL-1.0
// Arrays of tables that grow alike, in blocks that they share.
#include "catch.hpp"

#include <weir/core/shared_pages.hpp>
#include <weir/keyed/table.hpp>
#include <weir/testing/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

using weir::detail::SharedPageAllocator;
using weir::detail::SharedPages;

namespace {

constexpr std::size_t tables = 64;
constexpr std::size_t array = 50'000; // bytes

} // namespace

TEST_CASE("arrays of one size share a block, which goes with the last of them") {
    SharedPages pages(tables);
    std::vector<unsigned char*> all;
    for (std::size_t i = 0; i < tables; ++i) {
        all.push_back(static_cast<unsigned char*>(pages.allocate(array)));
        REQUIRE(all.back() != nullptr);
        CHECK(reinterpret_cast<std::uintptr_t>(all.back()) % 64 == 0);
        std::memset(all.back(), static_cast<int>(i), array);
    }
    const std::size_t block = pages.bytes();
    CHECK(block >= tables * array);
    CHECK(block < tables * (array + 64));
    for (std::size_t i = 0; i < tables; ++i) {
        CHECK(all[i][0] == i);
        CHECK(all[i][array - 1] == i);
    }
    void* const one_more = pages.allocate(array);
    CHECK(pages.bytes() == 2 * block);
    for (unsigned char* memory : all) {
        CHECK(pages.bytes() == 2 * block);
        CHECK(pages.deallocate(memory));
    }
    CHECK(pages.bytes() == block);
    CHECK(pages.deallocate(one_more));
    CHECK(pages.bytes() == 0);
}

TEST_CASE("what huge pages would not help, or is beyond the limit, is from elsewhere") {
    SharedPages pages(tables);
    CHECK(pages.allocate(1'000) == nullptr);                     // of all tables: less than a page
    CHECK(pages.allocate(std::size_t{2} << 20U) == nullptr);     // a page of its own
    pages.set_limit(tables * array * 3 / 2);
    void* const first = pages.allocate(array);
    REQUIRE(first != nullptr);
    CHECK(pages.allocate(array + 100) == nullptr);
    void* const second = pages.allocate(array);
    CHECK(second != nullptr);
    pages.set_limit(0); // does not take away
    void* const third = pages.allocate(array);
    CHECK(third != nullptr);
    int mine = 0;
    CHECK_FALSE(pages.deallocate(&mine));
    for (void* memory : {second, third, first}) CHECK(pages.deallocate(memory));
    CHECK(pages.bytes() == 0);
    CHECK(pages.allocate(array) == nullptr);
}

TEST_CASE("tables in shared pages are as those in their own, also when they are moved and swapped") {
    using Plain = weir::detail::Table<std::uint64_t, std::uint64_t>;
    using Shared = weir::detail::Table<std::uint64_t, std::uint64_t, SharedPageAllocator>;
    SharedPages pages(8);
    const SharedPageAllocator<Shared::Row> memory(pages);
    std::vector<Plain> plain(8);
    std::vector<Shared> shared;
    for (std::size_t i = 0; i < 8; ++i) shared.emplace_back(memory);
    std::size_t most = 0;
    weir::Random random(3);
    for (int i = 0; i < 600'000; ++i) {
        const std::uint64_t key = random.below(300'000), hash = weir::stable_hash(key), at = hash >> 61U;
        plain[at][plain[at].find_or_insert(key, hash).first].value += static_cast<std::uint64_t>(i);
        shared[at][shared[at].find_or_insert(key, hash).first].value += static_cast<std::uint64_t>(i);
        most = std::max(most, pages.bytes());
        if (i % 100'000 == 50'000) {
            shared[0].swap(shared[1]);
            plain[0].swap(plain[1]);
            Shared moved = std::move(shared[2]);
            shared[2] = std::move(moved);
            shared[3] = Shared(memory);
            plain[3] = Plain();
        }
    }
    CHECK(most > std::size_t{2} << 20U);
    for (std::size_t i = 0; i < 8; ++i) {
        REQUIRE(shared[i].size() == plain[i].size());
        for (std::uint32_t row = 0; row < plain[i].size(); ++row) REQUIRE((shared[i][row].key == plain[i][row].key && shared[i][row].value == plain[i][row].value));
    }
    shared.clear();
    CHECK(pages.bytes() == 0);
}
