// expect: sort_by\(projection\): these events cannot be assigned to each other
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <map>
#include <utility>
#include <vector>

int main() {
    const std::map<int, int> counts;
    std::vector<std::pair<int, int>> sorted;
    weir::run(weir::from(counts)
#ifdef FIXED
              | weir::map([](const auto& entry) { return std::pair<int, int>(entry); })
#endif
              | weir::sort_by([](const auto& entry) { return entry.second; }) | weir::collect_into(sorted));
}
