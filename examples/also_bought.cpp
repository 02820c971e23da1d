// SPDX-License-Identifier: BSL-1.0
// What do those who bought this also buy? Baskets become pairs of products; for each product, the few that came with it most often.
// frequent_items keeps no more than its capacity for each product, however many others came with it and however long the stream is.
#include <weir/sketches.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct Basket {
    std::vector<std::string> products;
    weir::Timestamp time;
};

struct Pair {
    std::string bought;
    std::string with;
};

int main() {
    const auto at = [](std::chrono::hours h) { return weir::Timestamp(h); };
    const std::vector<Basket> baskets{
        {{"tea", "milk", "biscuits"}, at(9h)}, {{"tea", "biscuits"}, at(10h)},      {{"pasta", "tomatoes", "basil"}, at(12h)},
        {{"tea", "milk"}, at(15h)},            {{"pasta", "tomatoes"}, at(18h)},    {{"milk", "biscuits", "tea"}, at(20h)},
        {{"pasta", "basil"}, at(33h)},         {{"tea", "lemon", "milk"}, at(34h)}, {{"pasta", "basil", "tea"}, at(42h)},
    };

    const auto pairs_of = [](const Basket& basket, auto emit) {
        for (const std::string& bought : basket.products)
            for (const std::string& with : basket.products)
                if (bought != with) emit(Pair{bought, with});
    };

    weir::run(weir::from(baskets)
              | weir::event_time(&Basket::time)
              | weir::flat_map<Pair>(pairs_of)
              | weir::key_by(&Pair::bought)
              | weir::window(weir::tumbling(24h)) // of each day; what was bought together last year says little
              | weir::aggregate(weir::frequent_items(&Pair::with, 2, {.capacity = 100}))
              | weir::for_each([](const auto& row) {
                    const auto& [product, day, others] = row;
                    std::string list;
                    for (const auto& other : others) list += fmt::format(", {} ({} times)", other.item, other.count);
                    fmt::print("day {}: with {:8} {}\n", day.end.time_since_epoch() / 24h, product, list.substr(2));
                }));
}

// Output:
// day 1: with tea      biscuits (3 times), milk (3 times)
// day 1: with milk     tea (3 times), biscuits (2 times)
// day 1: with biscuits tea (3 times), milk (2 times)
// day 1: with pasta    tomatoes (2 times), basil (1 times)
// day 1: with tomatoes pasta (2 times), basil (1 times)
// day 1: with basil    pasta (1 times), tomatoes (1 times)
// day 2: with pasta    basil (2 times), tea (1 times)
// day 2: with basil    pasta (2 times), tea (1 times)
// day 2: with tea      basil (1 times), lemon (1 times)
// day 2: with lemon    milk (1 times), tea (1 times)
// day 2: with milk     lemon (1 times), tea (1 times)
