// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/footprint.hpp>
#include <weir/core/link.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Where the chain of a worker ends when what follows is no part of it: keeps its outputs until the task behind takes them. It has room for
/// so many bytes, about; operators that can wait give no more.
template <typename E>
class Outputs : public End {
public:
    static constexpr bool bounded_room = true;

    template <typename Given>
    void on_event(Given&& event) { kept_.emplace(std::forward<Given>(event)); }
    template <typename Given>
    void on_span(std::span<Given> events) { kept_.template append<Given&&>(events); }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t) const noexcept { return taken_ + kept_.size(); }
    [[nodiscard]] std::size_t room() const noexcept { return most_ - std::min(most_, kept_.size()); }
    [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
    [[nodiscard]] std::span<E> all() noexcept { return kept_.all(); }

    /// From now on it has room for so many bytes; false: it has these already.
    bool allow(std::size_t bytes) {
        for (const E& event : std::as_const(kept_).all().subspan(known_)) bytes_ += bytes_of(event);
        known_ = kept_.size();
        if (known_ != 0) mean_ = std::max<std::size_t>(bytes_ / known_, 1);
        if (bytes_ >= bytes) return false;
        std::size_t more = std::max<std::size_t>((bytes - bytes_) / mean_, 1);
        if constexpr (not std::is_trivially_copyable_v<E>) more = std::min(more, known_ + taken_ == 0 ? 1 : std::max<std::size_t>(2 * known_, 64)); // the next may be greater
        most_ = known_ + more;
        return true;
    }
    void clear() noexcept {
        taken_ += kept_.size();
        kept_.clear();
        bytes_ = known_ = 0;
    }
    /// Of memory, while there is nothing.
    [[nodiscard]] std::size_t capacity_bytes() const noexcept { return kept_.capacity() * sizeof(E); }
    void free_memory() noexcept { kept_.free(); }
    /// What is there becomes `to`, which is empty.
    void give(Buffer<E>& to) noexcept {
        taken_ += kept_.size();
        kept_.swap(to);
        bytes_ = known_ = 0;
    }

private:
    static std::size_t bytes_of([[maybe_unused]] const E& event) {
        if constexpr (std::is_trivially_copyable_v<E>) return sizeof(E);
        else return sizeof(E) + bytes_beside(event);
    }

    Buffer<E> kept_;
    std::uint64_t taken_ = 0;
    std::size_t most_ = unlimited; // that may be here
    std::size_t known_ = 0;        // of them
    std::size_t bytes_ = 0;        // have so many
    std::size_t mean_ = sizeof(E);
};

} // namespace weir::detail
