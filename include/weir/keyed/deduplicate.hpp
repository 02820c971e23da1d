// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/ageing_keys.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/key_options.hpp>

#include <algorithm>
#include <concepts>
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

namespace detail {

/// The running form of deduplicate.
template <typename S, typename Key, typename KeyOf>
class Deduplicating {
    using States = AgeingKeys<Key, Timestamp, S::traits.clocked>; // of the event given last

public:
    using kind = OperatorKind;

    Deduplicating(KeyOf key_of, const CheckedOptions& options, Keep keep, const Clock& clock)
        : key_of_(std::move(key_of)), states_(options, clock), keep_(keep),
          drops_late_(options.ttl != Duration::max() && options.ttl_clock == TtlClock::event_time) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        const Timestamp time = time_of(event);
        if (drops_late_ && is_over(time, std::max(states_.mark(), own_mark_))) {
            ++late_;
            return;
        }
        auto&& key = std::invoke(std::as_const(key_of_), std::as_const(value_of(event)));
        const auto [id, is_new] = states_.enter(key, hash_of_key(key));
        if (id == States::none) return;
        if (not is_new && not corrects(time, states_[id])) {
            ++duplicates_;
            return;
        }
        states_[id] = time;
        states_.changed(id, time);
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        states_.reach(t);
        next.on_watermark(t);
    }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) {
        own_mark_ = t;
        next.on_own_mark(t);
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        states_.on_time(now);
        if constexpr (S::traits.clocked) on_watermark(now, next);
        next.on_time(now);
    }
    template <typename Next>
    void end_span(Next&) noexcept { states_.end_span(); }
    [[nodiscard]] Timestamp deadline() const
        requires(S::traits.waits)
    {
        return states_.deadline();
    }

    void report(OperatorReport& row) const noexcept {
        states_.report(row);
        row.dropped(Drop::late) = late_;
        row.dropped(Drop::duplicate) = duplicates_;
    }
    void save(StateWriter& to) const {
        states_.save(to);
        to.put(own_mark_);
        to.put(late_);
        to.put(duplicates_);
    }
    void load(StateReader& from) {
        states_.load(from);
        from.get(own_mark_);
        from.get(late_);
        from.get(duplicates_);
    }

private:
    [[nodiscard]] bool corrects(Timestamp time, Timestamp given) const noexcept {
        return keep_ == Keep::earliest ? time < given : keep_ == Keep::latest && time >= given;
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    States states_;
    Keep keep_;
    bool drops_late_;
    Timestamp own_mark_ = min_time; // of the input that the event comes from
    std::uint64_t late_ = 0;
    std::uint64_t duplicates_ = 0;
};

struct DeduplicateOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "deduplicate";
    static constexpr bool takes_clauses = true;
    KeyedOptions options;
    Keep keep;

    template <typename S>
        requires(is_keyed<S> && not is_windowed<S>)
    using out = without_clauses_t<S>;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        using KeyOf = std::remove_cvref_t<decltype(key_clause_of(stream.clauses).projection)>;
        bounded_keys_memory<kept_key_t<KeyOf, typename S::value>, owned_t<typename S::event>>(walk, options, name);
    }
    template <typename S, typename Binding>
    auto bind(const S& stream, Binding& binding, std::uint32_t) && {
        if (not S::timed && keep != Keep::first)
            throw std::invalid_argument("deduplicate: Keep::earliest and Keep::latest compare event times, but this pipeline has none; put "
                                        "event_time(projection, strategy) before key_by");
        const auto& key_of = key_clause_of(stream.clauses).projection;
        using KeyOf = std::remove_cvref_t<decltype(key_of)>;
        return Deduplicating<S, kept_key_t<KeyOf, typename S::value>, KeyOf>(key_of, checked(name, options, S::timed), keep, binding.clock());
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
///     E -> E, order and event time kept. {.ttl = d}: a key is forgotten when the watermark reaches its event's time + d, and events
///     at or below the watermark are dropped as late (else their key might have been forgotten already); with {.ttl_clock =
///     TtlClock::processing_time}: after d on the job's clock; without: never. Those that come again prolong nothing.
///     {.max_keys, .at_max}: no more keys than this; evict forgets the one that was let through longest ago.
///     Keep::earliest also gives what comes later and is earlier, Keep::latest what is not older: for a receiver that overwrites what
///     it had. Counted as dropped: duplicate, late, overflow. example: tests/keyed/deduplicate.cpp
[[nodiscard]] inline auto deduplicate(KeyedOptions options = {}, Keep keep = Keep::first) { return detail::DeduplicateOp{options, keep}; }
template <typename Proj>
    requires(not std::convertible_to<Proj, KeyedOptions>)
constexpr auto deduplicate(Proj, Keep = Keep::first) {
    static_assert(detail::never<Proj>, "deduplicate(options): what is compared is the key, so it comes first: key_by(projection) | deduplicate(). Events with "
                                       "the same value anywhere in a stored set: distinct(projection).");
    return Refused{};
}
template <typename... Wrong>
constexpr Refused deduplicate(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "deduplicate(options, keep): it takes at most KeyedOptions and a Keep. Accepted: deduplicate(), "
                  "deduplicate({.ttl = 1h}), deduplicate({.ttl = 1h}, Keep::first).");
    return {};
}

} // namespace weir
