// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace weir::detail {

/// Events of one window that are added together: where their rows are is found out for all of them, then they are added. One by one
/// each would have to wait for what it finds in memory before the next could begin (measured with a thousand keys: a third longer,
/// and far more where rows do not fit into the caches).
///     Times: whether the window wants to know when they were.
template <typename Key, typename T, bool Times>
class EventBlock {
public:
    static constexpr std::size_t most = 64;

    /// Whether such events may be copied into a block without anybody noticing.
    static constexpr bool fits = std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<T> && std::default_initializable<Key> &&
                                 std::default_initializable<T> && std::is_copy_assignable_v<Key> && std::is_copy_assignable_v<T> &&
                                 sizeof(Key) <= 32 && sizeof(T) <= 128;

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Before the first event: takes the memory.
    void prepare() {
        if (not events_) events_ = std::make_unique<Events>();
    }
    /// False: it is full now.
    [[nodiscard]] WEIR_INLINE bool push(const Key& key, std::uint64_t hash, const T& value, [[maybe_unused]] Timestamp time) noexcept {
        Events& events = *events_;
        const std::size_t at = size_;
        events.keys[at] = key;
        events.hashes[at] = hash;
        events.values[at] = value;
        if constexpr (Times) events.times[at] = time;
        size_ = at + 1;
        return at + 1 != most;
    }
    /// Calls add(keys, hashes, values, times, n, numbers) with what is in it, which it then no longer is, not even after a throw.
    /// times: null without Times; numbers: room for a row's number for each.
    template <typename Fn>
    void take(Fn&& add) {
        const std::size_t n = size_;
        size_ = 0;
        Events& events = *events_;
        add(events.keys, events.hashes, events.values, times_of(events), n, events.numbers);
    }

private:
    struct NoTimes {};
    struct Events {
        Key keys[most];
        std::uint64_t hashes[most];
        T values[most];
        std::uint32_t numbers[most];
        WEIR_NO_UNIQUE_ADDRESS std::conditional_t<Times, Timestamp[most], NoTimes> times;
    };
    static const Timestamp* times_of(const Events& events) noexcept {
        if constexpr (Times) return events.times;
        else return nullptr;
    }

    std::unique_ptr<Events> events_;
    std::size_t size_ = 0;
};

/// Of events that are added at once.
struct NoBlock {
    static constexpr bool fits = false;
    [[nodiscard]] static constexpr bool empty() noexcept { return true; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return 0; }
};

} // namespace weir::detail
