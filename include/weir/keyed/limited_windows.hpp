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
        // A function of the user's is asked once for its windows.
        const auto admits = [&](Timestamp until) { return is_over(until, marks.own) || enter(key, hash, until, marks.now); }; // else it opens nothing
        constexpr Admission refused{.taken = true, .missed = false}; // keys_ counts it
        if constexpr (requires { Assigner::is_count; }) {
            if (not admits(max_time)) return refused;
            return Store::take(key, hash, value, time, marks, aggregate, give);
        } else if constexpr (requires { Assigner::is_session; }) {
            const Duration gap = assigner_(value);
            if (not admits(gone(saturating_add(time, gap)))) return refused;
            return Store::take(gap, key, hash, value, time, marks, aggregate, give);
        } else if constexpr (Assigner::is_single) {
            bool is_admitted = false;
            assigner_.assign(time, value, [&](Timestamp, Timestamp end) { is_admitted = admits(gone(end)); });
            if (not is_admitted) return refused;
            return Store::take(key, hash, value, time, marks, aggregate, give);
        } else {
            return Store::take(key, hash, value, time, marks, aggregate, give, [&](const auto& windows) {
                Timestamp last = min_time;
                for (const auto& window : windows) last = std::max(last, window.second);
                return admits(gone(last));
            });
        }
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
    /// When the state goes of a window that ends then.
    [[nodiscard]] Timestamp gone(Timestamp end) const noexcept { return saturating_add(last_before(end), lateness_); }
    /// False: the key is refused.
    template <typename K>
    bool enter(const K& key, std::uint64_t hash, Timestamp until, Timestamp mark) {
        if (mark != min_time) keys_.expire(mark);
        const auto leave = [this](const Key& gone) { evicted_ += this->forget(gone, hash_of_key(gone)); };
        const std::uint32_t row = keys_.enter(key, hash, leave).first;
        if (row == keys_.none) return false;
        keys_.changed(row, until);
        return true;
    }

    WEIR_NO_UNIQUE_ADDRESS Assigner assigner_;
    Duration lateness_;
    BoundedKeys<Key, bool> keys_; // the state is the store's
    std::uint64_t evicted_ = 0;   // inputs
};

} // namespace weir::detail
