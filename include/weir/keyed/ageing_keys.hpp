// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/span_clock.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/key_options.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// States of keys that know the time, by the watermark or by the job's clock: for operators that give what they give at once.
///     Clocked: the watermark is the job's clock.
template <typename Key, typename State, bool Clocked>
class AgeingKeys {
public:
    static constexpr bool ages = true;
    static constexpr std::uint32_t none = BoundedKeys<Key, State>::none;

    AgeingKeys(const CheckedOptions& options, const Clock& clock)
        : keys_(options), clock_(clock), by_clock_(options.ttl != Duration::max() && options.ttl_clock == TtlClock::processing_time) {}

    template <typename K>
    WEIR_INLINE std::pair<std::uint32_t, bool> enter(const K& key, std::uint64_t hash) {
        if (by_clock_) keys_.expire(clock_.now());
        return keys_.enter(key, hash);
    }
    [[nodiscard]] WEIR_INLINE State& operator[](std::uint32_t id) noexcept { return keys_[id]; }
    template <typename S>
    WEIR_INLINE void begin(std::uint32_t id, S&& state) { keys_.begin(id, std::forward<S>(state)); }

    /// time: of the event that changed the state.
    WEIR_INLINE void changed(std::uint32_t id, Timestamp time) { keys_.changed(id, by_clock_ ? clock_.now() : time); }
    /// Behind what an event gave: it may be so late that its key has gone already.
    WEIR_INLINE void settle() {
        if (keys_.due() <= mark_ && not by_clock_) keys_.expire(mark_);
    }

    [[nodiscard]] Timestamp mark() const noexcept { return mark_; }
    void reach(Timestamp watermark) {
        mark_ = std::max(mark_, watermark);
        if (not by_clock_ && mark_ != max_time) keys_.expire(mark_); // at the end nobody would notice
    }
    void on_time(Timestamp now) {
        if (by_clock_) keys_.expire(now);
    }
    void end_span() noexcept { clock_.end_span(); }
    [[nodiscard]] Timestamp deadline() const { return by_clock_ || Clocked ? keys_.due() : max_time; }

    void report(OperatorReport& row) const noexcept { keys_.report(row); }
    void save(StateWriter& to) const {
        keys_.save(to);
        to.put(mark_);
    }
    void load(StateReader& from) {
        keys_.load(from);
        from.get(mark_);
    }

private:
    BoundedKeys<Key, State> keys_;
    SpanClock clock_;
    Timestamp mark_ = min_time;
    bool by_clock_;
};

} // namespace weir::detail
