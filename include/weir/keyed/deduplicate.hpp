// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/timers.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// How long deduplicate remembers a key from its first event on. Without either: for ever.
struct DeduplicateOptions {
    Duration within = Duration::max(); ///< in event time: until the watermark has reached the event's time + within
    Duration ttl = Duration::max();    ///< on the job's clock
};

namespace detail {

/// The running form of deduplicate.
template <typename S, typename Key, typename KeyOf>
class Deduplicating {
    struct Seen {
        bool yes = false;
    };
    using States = KeyStates<Key, Seen>;
    using T = typename S::value;

public:
    using kind = OperatorKind;

    Deduplicating(KeyOf key_of, DeduplicateOptions options, const Clock& clock) : key_of_(std::move(key_of)), options_(options), clock_(&clock) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        const T& value = value_of(event);
        const Timestamp time = time_of(event);
        const bool expires = options_.within != Duration::max();
        if (expires && time <= mark_) {
            ++late_;
            return;
        }
        auto&& key = std::invoke(std::as_const(key_of_), value);
        const std::uint32_t id = states_.find_or_insert(key, hash_of_key(key));
        if (std::exchange(states_[id].state.yes, true)) {
            ++duplicates_;
            return;
        }
        if (expires) states_.set(id, States::event_time, saturating_add(time, options_.within));
        if (options_.ttl != Duration::max()) states_.set(id, States::processing_time, saturating_add(clock_->now(), options_.ttl));
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        mark_ = std::max(mark_, t);
        if (t != max_time) forget(States::event_time, t); // at the end nobody would notice
        next.on_watermark(t);
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        forget(States::processing_time, now);
        if constexpr (S::traits.clocked) on_watermark(now, next);
        next.on_time(now);
    }
    [[nodiscard]] Timestamp deadline() const
        requires(S::traits.waits)
    {
        const Timestamp due = states_.due(States::processing_time);
        return S::traits.clocked ? std::min(due, states_.due(States::event_time)) : due;
    }

    void report(OperatorReport& row) const noexcept {
        row.dropped(Drop::late) = late_;
        row.dropped(Drop::duplicate) = duplicates_;
    }
    void save(StateWriter& to) const {
        states_.save(to);
        to.put(mark_);
        to.put(late_);
        to.put(duplicates_);
    }
    void load(StateReader& from) {
        states_.load(from);
        from.get(mark_);
        from.get(late_);
        from.get(duplicates_);
    }

private:
    void forget(typename States::Domain domain, Timestamp t) {
        for (auto due = states_.take(domain, t); due.id != States::none; due = states_.take(domain, t)) states_.forget(due.id);
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    DeduplicateOptions options_;
    const Clock* clock_;
    States states_;
    Timestamp mark_ = min_time;
    std::uint64_t late_ = 0;
    std::uint64_t duplicates_ = 0;
};

struct DeduplicateOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "deduplicate";
    static constexpr bool takes_clauses = true;
    DeduplicateOptions options;

    template <typename S>
        requires(is_keyed<S> && not is_windowed<S>)
    using out = without_clauses_t<S>;

    template <typename S, typename Binding>
    auto bind(const S& stream, Binding& binding, std::uint32_t) && {
        if (not S::timed && options.within != Duration::max())
            throw std::invalid_argument("deduplicate: .within waits for the watermark, but this pipeline has no event time; put event_time(projection, "
                                        "strategy) before key_by, or use .ttl");
        if (not S::traits.waits && options.ttl != Duration::max())
            throw std::invalid_argument("deduplicate: .ttl needs a source that can wait with a deadline; put stage() before it");
        const auto& key_of = key_clause_of(stream.clauses).projection;
        using KeyOf = std::remove_cvref_t<decltype(key_of)>;
        return Deduplicating<S, kept_key_t<KeyOf, typename S::value>, KeyOf>(key_of, options, binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (is_windowed<S>)
            static_assert(detail::never<S>, "deduplicate(...): it knows no windows; window(...) belongs to aggregate(...). For one event per key and window "
                                            "use aggregate(first()).");
        else
            static_assert(detail::never<S>, "deduplicate(...): this stream has no key. Put key_by(projection) before it; for neighbours that are equal use "
                                            "distinct().");
    }
};

} // namespace detail

/// Gives the first event of each key and drops those that come again while it is remembered.
///     E -> E, order and event time kept. {.within = d}: a key is forgotten when the watermark reaches its first event's time + d, and
///     events at or below the watermark are dropped as late (else their key might have been forgotten already); {.ttl = d}: after d
///     on the job's clock; neither: never. Counted as dropped: duplicate, late.
///     Memory: the remembered keys. example: tests/keyed/deduplicate.cpp
[[nodiscard]] inline auto deduplicate(DeduplicateOptions options = {}) {
    if (options.within < Duration::zero() || options.ttl < Duration::zero())
        throw std::invalid_argument("deduplicate: .within and .ttl must not be negative");
    return detail::DeduplicateOp{options};
}

} // namespace weir
