// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/batch/sorted_runs.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

namespace {

using Runs = weir::detail::SortedRuns<std::uint64_t>;

struct Numbers {
    using Row = std::uint64_t;
    using Key = std::uint64_t;
    static constexpr bool made = false;
    static constexpr bool by_digits = true;
    [[nodiscard]] std::uint64_t bits(Row row) const { return row; }
};

/// Has no memory from its n-th block on; 0: it always has.
class Failing final : public weir::detail::MemorySource {
public:
    std::size_t fails_at = 0;
    std::size_t blocks = 0;
    void* allocate(std::size_t bytes, std::size_t) override {
        if (++blocks >= fails_at && fails_at != 0) throw std::bad_alloc();
        return ::operator new(bytes);
    }
    void deallocate(void* memory, std::size_t, std::size_t) noexcept override { ::operator delete(memory); }
};

constexpr std::size_t n_runs = 5;
constexpr std::uint64_t n_rows = 10;
constexpr std::size_t merges_two = 1; // so little memory that two runs are merged at a time

/// Runs of whole numbers, each from `first` on.
void fill(Runs& runs, const weir::detail::MemoryBudget::Share& share, std::uint64_t first) {
    for (std::size_t i = 0; i < n_runs; ++i)
        runs.add(share, merges_two, [first](auto& run) {
            for (std::uint64_t row = 0; row < n_rows; ++row) run.put(first + row);
        });
}

TEST_CASE("runs that are taken over are merged, or stay with one of the two") {
    std::size_t blocks = 0; // of a round in which none fails
    for (std::size_t n = 0; n <= blocks; ++n) {
        CAPTURE(n);
        Failing memory;
        const weir::detail::MemoryScope scope(&memory);
        weir::detail::MemoryBudget budget(1 << 20);
        const auto share = budget.share();
        Runs runs, later;
        fill(runs, share, 0);
        fill(later, share, 5);
        const std::uint64_t written = runs.bytes() + later.bytes();
        memory.fails_at = n == 0 ? 0 : memory.blocks + n;
        const std::size_t before = memory.blocks;
        Numbers keys;
        bool threw = false;
        try {
            runs.take(later, keys);
        } catch (const std::bad_alloc&) {
            threw = true;
        }
        CHECK(threw == (n != 0));
        CHECK(runs.rows() + later.rows() == 2 * n_runs * n_rows);
        CHECK(runs.bytes() + later.bytes() >= written);
        CHECK(later.empty() == (n == 0 || later.rows() == 0));
        if (n == 0) blocks = memory.blocks - before;
    }
    CHECK(blocks > 10);
}

} // namespace
