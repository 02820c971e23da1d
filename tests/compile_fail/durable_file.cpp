// expect: durable: a sink that writes a file writes all of it anew in each run
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <cstdio>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    weir::Graph graph{weir::RunOptions{}};
#ifdef FIXED
    weir::detail::build<true>(graph, weir::from(numbers) | weir::to_csv(stdout));
#else
    weir::detail::build<true>(graph, weir::from(numbers) | weir::to_csv("numbers.csv"));
#endif
}
