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

/// Which of a key's events deduplicate gives: the first that comes; also each that comes later but is earlier by its event time;
/// or each that is not older than the one given last. Those that come behind the first correct what was given before.
enum class Keep : unsigned char { first, earliest, latest };

/// How long deduplicate remembers a key from the event that it gave last. Without either: for ever.
struct DeduplicateOptions {
    Duration within = Duration::max(); ///< in event time: until the watermark has reached the event's time + within
    Duration ttl = Duration::max();    ///< on the job's clock
    Keep keep = Keep::first;
};

namespace detail {

/// The running form of deduplicate.
template <typename S, typename Key, typename KeyOf>
class Deduplicating {
    struct Seen {
        bool yes = false;
        Timestamp time{};
        Timestamp by_mark = max_time; // when it is forgotten
        Timestamp by_clock = max_time;
        static constexpr auto fields() {
            return weir::fields("yes", &Seen::yes, "time", &Seen::time, "by_mark", &Seen::by_mark, "by_clock", &Seen::by_clock);
        }
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
        Seen& seen = states_[id].state;
        if (std::exchange(seen.yes, true) && not corrects(time, seen.time)) {
            ++duplicates_;
            return;
        }
        seen.time = time;
        if (expires) remember(id, States::event_time, seen.by_mark, saturating_add(time, options_.within));
        if (options_.ttl != Duration::max()) remember(id, States::processing_time, seen.by_clock, saturating_add(clock_->now(), options_.ttl));
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
    [[nodiscard]] bool corrects(Timestamp time, Timestamp given) const noexcept {
        return options_.keep == Keep::earliest ? time < given : options_.keep == Keep::latest && time >= given;
    }
    void remember(std::uint32_t id, typename States::Domain domain, Timestamp& until, Timestamp t) {
        if (until != max_time) states_.remove(id, domain, until);
        states_.set(id, domain, until = t);
    }
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
        if (not S::timed && options.keep != Keep::first)
            throw std::invalid_argument("deduplicate: .keep compares event times, but this pipeline has none; put event_time(projection, strategy) before "
                                        "key_by");
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
///     E -> E, order and event time kept. {.within = d}: a key is forgotten when the watermark reaches its event's time + d, and
///     events at or below the watermark are dropped as late (else their key might have been forgotten already); {.ttl = d}: after d
///     on the job's clock; neither: never. {.keep = Keep::earliest} also gives what comes later and is earlier, Keep::latest what is
///     not older: for a receiver that overwrites what it had. Counted as dropped: duplicate, late.
///     Memory: the remembered keys. example: tests/keyed/deduplicate.cpp
[[nodiscard]] inline auto deduplicate(DeduplicateOptions options = {}) {
    if (options.within < Duration::zero() || options.ttl < Duration::zero())
        throw std::invalid_argument("deduplicate: .within and .ttl must not be negative");
    return detail::DeduplicateOp{options};
}

} // namespace weir
