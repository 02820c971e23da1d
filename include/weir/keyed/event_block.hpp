// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

namespace weir::detail {

/// Events that wait to be added together, because their rows are far away in memory and fetching them one by one would take longer.
/// All go to the same rows; its memory is taken at the first event.
template <typename Rows, typename Key, typename T>
class EventBlock {
public:
    static constexpr std::size_t most = 64;

    /// Whether such events may be copied into a block without anybody noticing.
    static constexpr bool fits = std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<T> && std::default_initializable<Key> &&
                                 std::default_initializable<T> && std::is_copy_assignable_v<T> && sizeof(Key) <= 32 && sizeof(T) <= 128;

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] bool full() const noexcept { return size_ == most; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] Rows* rows() const noexcept { return rows_; }

    WEIR_INLINE void push(Rows& rows, const Key& key, std::uint64_t hash, const T& value, Timestamp time) {
        if (not events_) events_ = std::make_unique<Events>();
        rows_ = &rows;
        events_->keys[size_] = key;
        events_->hashes[size_] = hash;
        events_->values[size_] = value;
        events_->times[size_] = time;
        ++size_;
        rows.prefetch(hash);
    }
    /// Calls add(rows, keys, hashes, values, times, numbers) for what is in it, which it then no longer is, not even after a throw.
    template <typename Fn>
    void take(Fn&& add) {
        const std::size_t n = size_;
        size_ = 0;
        add(*rows_, std::span<const Key>(events_->keys, n), std::span<const std::uint64_t>(events_->hashes, n), events_->values, events_->times,
            events_->numbers);
    }

private:
    struct Events {
        Key keys[most];
        std::uint64_t hashes[most];
        T values[most];
        Timestamp times[most];
        std::uint32_t numbers[most];
    };
    std::unique_ptr<Events> events_;
    Rows* rows_ = nullptr;
    std::size_t size_ = 0;
};

/// Of events that cannot wait.
struct NoBlock {
    static constexpr bool fits = false;
    [[nodiscard]] static constexpr bool empty() noexcept { return true; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return 0; }
};

} // namespace weir::detail
