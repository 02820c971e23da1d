// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/fifo.hpp>

#include <deque>
#include <random>

TEST_CASE("a fifo gives what it was given, in order, while it grows and wraps") {
    std::minstd_rand random(7);
    weir::detail::Fifo<int> fifo;
    std::deque<int> model;
    for (int i = 0; i < 20'000; ++i) {
        const bool filling = i / 1'000 % 2 == 0;
        if (random() % 4 < (filling ? 3U : 1U)) {
            fifo.push_back(i);
            model.push_back(i);
        } else if (not model.empty()) {
            REQUIRE(fifo.front() == model.front());
            REQUIRE(fifo.back() == model.back());
            fifo.pop_front();
            model.pop_front();
        }
        REQUIRE(fifo.size() == model.size());
        REQUIRE(fifo.empty() == model.empty());
    }
}
