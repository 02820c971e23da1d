// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weir::detail {

/// Plain windows of a part of a stream, which give nothing: what they have gathered goes to those of the whole stream (Panes::take_from).
///     An event that is late by the watermark of the part is late in the stream, too. One that is late only by what came before the
///     part is so with all others of its window here, which is told when that is known.
template <typename Store>
class Gathering : public Store {
public:
    using Store::Store;
    bool begin(Timestamp t) noexcept {
        if (Store::due() <= t) Store::end_until(t);
        return false;
    }
    /// Whether it has come to about so many bytes: looked at whenever there are a quarter more events.
    [[nodiscard]] bool has_gathered(std::size_t bytes) noexcept {
        if (Store::held() < looked_at_) looked_at_ = 0; // it was emptied
        if (Store::held() < looked_at_ + looked_at_ / 4 + 16) return false;
        looked_at_ = Store::held();
        const std::size_t now = Store::bytes();
        mean_ = now / static_cast<std::size_t>(looked_at_);
        return now > bytes;
    }
    /// About how many events make so many bytes, as far as is known.
    [[nodiscard]] std::size_t events_in(std::size_t bytes) const noexcept { return std::max<std::size_t>(bytes / (mean_ + 1), 16); }

private:
    std::uint64_t looked_at_ = 0; // when there were so many events,
    std::size_t mean_ = 2 * sizeof(typename Store::Rows::Row); // each of so many bytes
};

} // namespace weir::detail
