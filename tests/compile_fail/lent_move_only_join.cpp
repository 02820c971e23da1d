// expect: an operator that keeps its events \(stage, parallel, merge, joins, micro_batch, sort_by, collect_into, to_queue and others\) needs copies of these, as they are lent
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <utility>
#include <vector>

int main() {
    std::vector<std::unique_ptr<int>> pointers;
    const std::vector<int> numbers{1, 2, 3};
    auto table = weir::from(numbers) | weir::key_by([](int n) { return n; });
#ifdef FIXED
    auto left = weir::from(std::move(pointers)) | weir::key_by([](const auto& p) { return *p; });
    weir::run(weir::lookup_join(std::move(left), std::move(table), [](const auto& p, int n) { return *p + n; }) | weir::for_each([](const auto&) {}));
#else
    auto left = weir::from(pointers) | weir::key_by([](const auto& p) { return *p; });
    weir::run(weir::lookup_join(std::move(left), std::move(table), [](const auto& p, int n) { return *p + n; }) | weir::for_each([](const auto&) {}));
#endif
}
