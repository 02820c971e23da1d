// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace weir::detail {

/// How many events a writer hands over together where many come: what two to four microseconds bring. An event alone costs a trip
/// between two processors; too many keep the reader waiting. It measures only how fast events come, and changes no result.
template <typename Atomics = StdAtomics>
class Portion {
public:
    static constexpr std::size_t most = 512;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// A whole one has been handed over, and more are coming.
    void done() {
        if (measured_ > 1 && size_ == most) return; // that is often enough
        const auto now = Atomics::now();
        if (measured_++ != 0) {
            const auto took = now - since_;
            if (took > std::chrono::microseconds(4)) size_ = std::max<std::size_t>(size_ / 2, 1);
            else if (took < std::chrono::microseconds(2)) size_ = std::min(size_ * 2, most);
        }
        since_ = now;
    }
    /// What comes next may be long in coming.
    void interrupted() noexcept { measured_ = 0; }

private:
    std::size_t size_ = 1;
    std::chrono::steady_clock::time_point since_{};
    unsigned measured_ = 0; // since the last interruption
};

} // namespace weir::detail
