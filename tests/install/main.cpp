// SPDX-License-Identifier: BSL-1.0
// What a user's first program may look like, built in every way that a project can find weir.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    std::vector<int> squares;
    weir::run(weir::from(numbers) | weir::map([](int n) { return n * n; }) | weir::collect_into(squares));
    fmt::print("{} {} {}\n", squares.at(0), squares.at(1), squares.at(2));
}
