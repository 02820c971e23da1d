// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/key_by.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>

namespace weir::detail {

/// n events of one window, as those who add them together see them: key(i) and value(i) give the i-th one's.
template <typename KeyAt, typename ValueAt>
struct Run {
    KeyAt key;
    ValueAt value;
    const Timestamp* times;       // null where the window does not want them
    std::size_t n;
    std::uint32_t* guesses;       // of the numbers of their rows; who looks for a row may put the right one there
};

/// A projection that may be called again for the same value: it only shows a part of it.
template <typename Proj>
inline constexpr bool is_part_of_value = std::is_member_object_pointer_v<Proj> || std::is_same_v<Proj, KeyOfNone>;
template <typename... Projs>
inline constexpr bool is_part_of_value<Together<Projs...>> = (is_part_of_value<Projs> && ...);

template <typename T>
inline constexpr bool fits_room = std::is_object_v<T> && std::is_trivially_copyable_v<T> && sizeof(T) <= 32;

/// The keys of a run's events: asked for again where that costs nothing, else kept.
template <typename KeyOf, typename T>
class RunKeys {
    using Shown = std::invoke_result_t<const KeyOf&, const T&>;

public:
    static constexpr bool asks = is_part_of_value<KeyOf>;
    static constexpr bool fits = asks || (std::is_same_v<Shown, owned_key_t<Shown>> && fits_room<Shown>);
    explicit RunKeys(const KeyOf& key_of) : key_of_{key_of} {}
    /// The key of the i-th value, for the first time.
    WEIR_INLINE decltype(auto) find(std::size_t i, const T& value) {
        if constexpr (asks) return std::invoke(key_of_.fn, value);
        else return *std::construct_at(&kept_.items[i], std::invoke(key_of_.fn, value));
    }
    /// What gives it again.
    template <typename ValueAt>
    [[nodiscard]] auto again(ValueAt value) const {
        if constexpr (asks) return [key_of = key_of_, value](std::size_t i) -> decltype(auto) { return std::invoke(key_of.fn, value(i)); };
        else return [kept = &kept_.items[0]](std::size_t i) -> const Shown& { return kept[i]; };
    }

private:
    struct Nothing {};
    HeldByLoop<KeyOf> key_of_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<asks, Nothing, Room<std::conditional_t<fits_room<Shown>, Shown, int>, TimedSpan<T>::most>> kept_;
};

/// Events of one window that are added together: where their rows are is found out for all of them, then they are added. One by one
/// each would have to wait for what it finds in memory before the next could begin (measured with a thousand keys: a third longer,
/// and far more where rows do not fit into the caches).
///     Times: whether the window wants to know when they were.
template <typename Key, typename T, bool Times>
class EventBlock {
public:
    static constexpr std::size_t most = 64;

    /// Whether such events may be copied into a block without anybody noticing, and there is more than one row to look for.
    static constexpr bool fits = not std::is_empty_v<Key> && std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<T> &&
                                 std::default_initializable<Key> && std::default_initializable<T> && std::is_copy_assignable_v<Key> && std::is_copy_assignable_v<T> &&
                                 sizeof(Key) <= 32 && sizeof(T) <= 128;

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

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
    /// Calls guess(hashes, numbers), and then add(run), with what is in it, which it then no longer is, not even after a throw.
    template <typename Guess, typename Add>
    void take(Guess&& guess, Add&& add) {
        const std::size_t n = size_;
        size_ = 0;
        Events& events = *events_;
        guess(std::span<const std::uint64_t>(events.hashes, n), &events.numbers[0]);
        add(Run{[keys = &events.keys[0]](std::size_t i) -> const Key& { return keys[i]; },
                [values = &events.values[0]](std::size_t i) -> const T& { return values[i]; },
                times_of(events), n, events.numbers});
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

    std::unique_ptr<Events> events_ = std::make_unique<Events>(); // before events flow
    std::size_t size_ = 0;
};

/// Adds events together: nobody knows at which of them it threw.
struct AddsTogether {
    bool has_thrown = false;

    template <typename Add>
    WEIR_INLINE void operator()(const Add& add) {
        try {
            add();
        } catch (...) {
            has_thrown = true;
            throw;
        }
    }
};

/// Of events that are added at once.
struct NoBlock {
    static constexpr bool fits = false;
    [[nodiscard]] static constexpr bool empty() noexcept { return true; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return 0; }
};

/// A store that can tell which events make nothing happen, as most do: these may be added together.
template <typename Store>
concept HasQuietRows = requires(Store& store, Timestamp time) { store.is_quiet(time); };

/// Whether such a store asks for their times.
template <typename Store>
inline constexpr bool asks_times = Store::spans_events || requires { requires Store::places_by_time; };

template <typename Store, typename T>
struct BlockOf {
    using type = NoBlock;
};
template <HasQuietRows Store, typename T>
    requires EventBlock<typename Store::key_type, T, asks_times<Store>>::fits
struct BlockOf<Store, T> {
    using type = EventBlock<typename Store::key_type, T, asks_times<Store>>;
};

} // namespace weir::detail
