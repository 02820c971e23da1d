// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/key_options.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

/// Throws std::invalid_argument for options that mean nothing to windows.
inline CheckedOptions checked_for_windows(std::string_view name, const KeyedOptions& options) {
    if (options.ttl != Duration::max())
        throw std::invalid_argument(std::string(name) + ": .ttl says nothing here, as a key's state ends with its windows; leave it out");
    return checked(name, options, true);
}

/// A store of windows, Store, that has events of no more than max_keys keys at once, over all windows that are open.
///     A key counts until the watermark has closed all windows that its events went into. One that is evicted leaves them all: what
///     they had of it is never given.
///     Assigner: of the windows. The store's forget(key, hash) takes a key out, and says how many of its inputs were in no result yet.
template <typename Store, typename Assigner>
class LimitedWindows : public Store {
    using Key = typename Store::key_type;

public:
    /// store: what the store itself is made of.
    template <typename... Ts>
    LimitedWindows(const CheckedOptions& options, const Assigner& assigner, Duration lateness, Ts&&... store)
        : Store(std::forward<Ts>(store)...), assigner_(assigner), lateness_(lateness),
          keys_({{.max_keys = options.max_keys, .at_max = options.at_max, .ttl = Duration::zero()}, options.name}) {}

    void is_quiet(Timestamp) const = delete; // each event asks whether its key may come in
    void judge_by(Timestamp) const = delete;

    template <typename K, typename T, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Marks marks, const A& aggregate, Give&& give) {
        if (const Timestamp until = closes(time, value); until > marks.own) { // else it opens nothing
            keys_.expire(marks.now);
            const auto leave = [this](const Key& gone) { evicted_ += this->forget(gone, hash_of_key(gone)); };
            const std::uint32_t row = keys_.enter(key, hash, leave).first;
            if (row == keys_.none) return {.taken = true, .missed = false}; // refused: keys_ counts it
            keys_.changed(row, until);
        }
        return Store::take(key, hash, value, time, marks, aggregate, give);
    }

    void report(OperatorReport& row) const noexcept {
        keys_.report(row);
        row.dropped(Drop::evicted) = evicted_;
    }
    void save(StateWriter& to) const {
        Store::save(to);
        keys_.save(to);
        to.put(evicted_);
    }
    void load(StateReader& from) {
        Store::load(from);
        keys_.load(from);
        from.get(evicted_);
    }

private:
    /// When the state goes of the last window of such an event, which it may have opened.
    template <typename T>
    [[nodiscard]] Timestamp closes(Timestamp time, const T& value) const {
        if constexpr (requires { Assigner::is_count; }) {
            return max_time;
        } else {
            Timestamp last = min_time;
            if constexpr (requires { Assigner::is_session; }) last = saturating_add(time, assigner_(value));
            else assigner_.assign(time, value, [&last](Timestamp, Timestamp end) { last = std::max(last, end); });
            return last == min_time ? min_time : saturating_add(saturating_add(last, Duration(-1)), lateness_);
        }
    }

    WEIR_NO_UNIQUE_ADDRESS Assigner assigner_;
    Duration lateness_;
    BoundedKeys<Key, bool> keys_; // the state is the store's
    std::uint64_t evicted_ = 0;   // inputs
};

} // namespace weir::detail
