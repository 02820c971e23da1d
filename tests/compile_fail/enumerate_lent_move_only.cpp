// expect: enumerate\(\): it puts the event beside its number, but these events are lent \(const T&, from a range that is not the pipeline's\) and cannot be copied\. Give the range away: from\(std::move\(range\)\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <utility>
#include <vector>

int main() {
    std::vector<std::unique_ptr<int>> pointers;
#ifdef FIXED
    auto source = weir::from(std::move(pointers));
#else
    auto source = weir::from(pointers);
#endif
    weir::run(std::move(source) | weir::enumerate() | weir::take(1) | weir::for_each([](const auto&) {}));
}
