// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <vector>

TEST_CASE("windows beside the chain of ordered copies fire at the end in each copy, not only in the one whose turn it is") {
    std::vector<int> input(200);
    std::iota(input.begin(), input.end(), 0);
    for (const std::size_t copies : {1U, 2U, 3U}) {
        weir::MpscQueue<int> odd{64};
        std::vector<int> even;
        const auto halve = [](int x) {
            if (x % 2 != 0) throw std::runtime_error("odd");
            return x / 2;
        };
        weir::run(weir::from(input) | weir::event_time([](int x) { return weir::Timestamp(std::chrono::seconds(x)); }) |
                  weir::parallel({.copies = copies, .capacity = 4},
                                 weir::try_map(halve, weir::dead_letter(weir::map([](const auto& rejected) { return rejected.event; }) | weir::window(weir::tumbling(std::chrono::seconds(1000))) |
                                                                        weir::aggregate(weir::count()) | weir::map([](const auto& row) { return static_cast<int>(row.value); }) | weir::to_queue(odd))),
                                 weir::ordered) |
                  weir::collect_into(even));
        int seen = 0;
        while (const auto count = odd.try_pop()) seen += *count;
        CHECK(seen == 100);
        CHECK(even.size() == 100);
    }
}
