// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>

namespace weir::detail {

/// What takes make() instead of an event, and calls it where the event will lie, one for one into its room. (A row that is put together
/// on the stack and copied from there waits for its parts to be written: measured, four nanoseconds.)
template <typename Next>
concept MakesInPlace = requires { requires Next::makes_in_place; };

/// Before each row: whether what follows has room.
template <typename Next>
class RoomFor {
public:
    explicit RoomFor(const Next& next) noexcept : next_(next) {}
    [[nodiscard]] bool operator()() {
        if constexpr (MakesInPlace<Next>) {
            if (left_ == 0) left_ = next_.room(); // nobody else writes there: it is asked again when that is used up
            return left_ != 0 && left_-- != 0;
        } else {
            return next_.room() != 0;
        }
    }

private:
    const Next& next_;
    std::size_t left_ = 0;
};

} // namespace weir::detail
