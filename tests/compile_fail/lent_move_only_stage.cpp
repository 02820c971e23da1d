// expect: an operator that keeps its events \(stage, parallel, merge, joins, micro_batch, sort_by, collect_into, to_queue and others\) needs copies of these, as they are lent
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <utility>
#include <vector>

int main() {
    std::vector<std::unique_ptr<int>> pointers;
#ifdef FIXED
    weir::run(weir::from(std::move(pointers)) | weir::stage() | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(pointers) | weir::stage() | weir::for_each([](const auto&) {}));
#endif
}
