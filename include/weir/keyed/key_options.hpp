// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_bound.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir {

/// What the event of a new key meets where an operator keeps as many keys as it may.
enum class AtMaxKeys : unsigned char {
    fail,     ///< TooManyKeys is thrown
    drop_new, ///< it is dropped, and counted as Drop::overflow
    evict,    ///< the key whose state was not changed for longest is forgotten, with its timers; counted in evicted_keys
};

/// The clock by which a state grows old.
enum class TtlClock : unsigned char {
    event_time,      ///< the watermark: the same in every run
    processing_time, ///< the job's clock, looked at once for events that came together
};

/// What bounds the state that an operator keeps for each key: how many keys, and for how long. Left out: no bound.
struct KeyedOptions {
    std::size_t max_keys = unlimited;
    AtMaxKeys at_max = AtMaxKeys::fail;
    Duration ttl = Duration::max(); ///< a key is forgotten when the clock has reached the last change of its state + ttl
    TtlClock ttl_clock = TtlClock::event_time;
};

/// An operator with KeyedOptions::max_keys and AtMaxKeys::fail has been given one key more.
class TooManyKeys : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

/// An operator that has been given no KeyedOptions.
struct NoOptions {};

/// Says what the states of keys may take. Options: KeyedOptions or NoOptions.
///     beside: bytes of slots, order and ages beside each row. Keys: how often a key is kept. more: bytes of all of them beside that
template <typename Key, typename State, std::size_t Keys = 1, typename Options = NoOptions>
void bounded_keys_memory(auto& walk, [[maybe_unused]] const Options& options, std::string_view name, [[maybe_unused]] std::size_t beside = 32, [[maybe_unused]] std::size_t more = 0) {
    if constexpr (requires { options.max_keys; })
        if (options.max_keys != unlimited) {
            if (options.ttl != Duration::max()) beside += 32, more = plus(more, 768); // of few keys, too, some have gone whose ends are still waited for
            const std::size_t own = Keys * (walk.template of_one<Key>() - sizeof(Key)) + walk.template of_one<State>() - sizeof(State);
            const std::size_t rows = grown(options.max_keys, Keys * sizeof(Key) + sizeof(State) + 2 * alignof(State) + beside);
            return walk.bounded(plus(plus(rows, times(options.max_keys, own)), more));
        }
    walk.unbounded("not bounded: " + std::string(name) + " without max_keys");
}

/// Options that have been looked at, and whose they are.
struct CheckedOptions : KeyedOptions {
    std::string_view name = "keyed state";

    CheckedOptions() = default;
    CheckedOptions(const KeyedOptions& options) : KeyedOptions(options) {}
    CheckedOptions(const KeyedOptions& options, std::string_view n) : KeyedOptions(options), name(n) {}
};

template <typename K>
[[noreturn]] void refuse_key(const CheckedOptions& options, const K& key) {
    std::string text;
    if constexpr (std::is_same_v<K, bool>) text = key ? " true" : " false";
    else if constexpr (std::is_arithmetic_v<K>) text = ' ' + std::to_string(key);
    else if constexpr (std::is_convertible_v<const K&, std::string_view>) text = " \"" + std::string(std::string_view(key)) + '"';
    throw TooManyKeys(std::string(options.name) + ": an event has a further key" + text + ", but .max_keys = " + std::to_string(options.max_keys) +
                      " keys are kept already, and .at_max says fail; drop_new and evict go on");
}

/// Throws std::invalid_argument for options that mean nothing. timed: whether the stream has event time.
inline CheckedOptions checked(std::string_view name, const KeyedOptions& options, bool timed) {
    const auto refuse = [name](const char* why) { throw std::invalid_argument(std::string(name) + why); };
    if (options.max_keys == 0) refuse(": .max_keys must be at least 1");
    if (options.ttl < Duration::zero()) refuse(": .ttl must not be negative");
    if (options.ttl != Duration::max() && options.ttl_clock == TtlClock::event_time && not timed)
        refuse(": .ttl waits for the watermark, but this pipeline has no event time; put event_time(projection, strategy) before key_by, or use "
               ".ttl_clock = TtlClock::processing_time");
    return {options, name};
}

/// Of a join, whose rows know themselves for how long they stay.
inline CheckedOptions checked_for_join(std::string_view name, const KeyedOptions& options) {
    if (options.ttl != Duration::max())
        throw std::invalid_argument(std::string(name) + ": .ttl says nothing here, as a join knows how long it keeps its rows; leave it out");
    return checked(name, options, true);
}

} // namespace detail
} // namespace weir
