// expect: event_time\(projection, strategy\): this is no watermark strategy .* as const \(no mutable lambda\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>
#include <vector>

int main() {
    const std::vector<int> numbers;
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::event_time([](int x) { return weir::Timestamp(weir::Duration(x)); }, weir::punctuated([](int x) { return std::optional(weir::Timestamp(weir::Duration(x))); })) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::event_time([](int x) { return weir::Timestamp(weir::Duration(x)); }, weir::punctuated([n = 0](int) mutable { return std::optional(weir::Timestamp(weir::Duration(n++))); })) | weir::for_each([](const auto&) {}));
#endif
}
