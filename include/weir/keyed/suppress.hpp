// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/in_turn.hpp>
#include <weir/core/key.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/time_ordered.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of suppress.
template <typename S, typename Key, typename KeyOf>
class Suppressing : public GivesWhatIsDue<Suppressing<S, Key, KeyOf>, NoBranch> {
    using Base = GivesWhatIsDue<Suppressing, NoBranch>;
    using E = Event<owned_t<typename S::value>>;

public:
    using kind = OperatorKind;

    Suppressing(KeyOf key_of, Duration limit, const CheckedOptions& options)
        : Base(NoBranch{}), key_of_(std::move(key_of)), limit_(limit), options_(options) {}

    template <typename Given, typename Next>
    void on_event(Given&& event, Next& next) {
        this->go_now(next);
        auto&& key = std::invoke(std::as_const(key_of_), std::as_const(event.value));
        const std::uint64_t hash = hash_of_key(key);
        if (const std::uint32_t row = numbers_.find(key, hash); row != Numbers::none) {
            ++replaced_;
            const std::uint32_t number = numbers_[row].value;
            if (event.time < waiting_[number]->least) hold_behind(event.time, number);
            waiting_[number]->event = to_owned(std::forward<Given>(event));
            return;
        }
        const bool is_full = numbers_.size() >= options_.max_keys;
        if (is_full && options_.at_max == AtMaxKeys::fail) refuse_key(options_, key);
        if (is_full && options_.at_max == AtMaxKeys::drop_new) return void(++refused_);
        const std::uint32_t row = numbers_.find_or_insert(key, hash).first;
        const Timestamp time = event.time;
        const std::uint32_t number = numbers_[row].value = waiting_.take(Waiting{numbers_[row].key, to_owned(std::forward<Given>(event)), time});
        turns_.push(time, number);
        if (is_full) {
            ++evicted_;
            give(next); // who is first waits no longer
        }
        if (is_over(due(time), this->mark_)) go(next, [] { return true; });
    }

    /// Gives what is due at target_ or before, as rule R1 says; false where there was no room for all of it.
    template <typename Next, typename Room>
    bool go(Next& next, Room&& room) {
        const Timestamp until = std::max(this->target_, this->mark_);
        while (not turns_.empty() && due(turns_.due()) <= until) {
            if (not room()) return false;
            this->mark_ = std::max(this->mark_, due(turns_.due()));
            send_behind(saturating_add(this->mark_, Duration(-1)), next);
            give(next);
        }
        this->mark_ = until;
        send_behind(until, next);
        return true;
    }

    void report(OperatorReport& row) const noexcept {
        row.held = turns_.size();
        row.dropped(Drop::duplicate) = replaced_;
        row.dropped(Drop::overflow) = refused_;
        row.evicted_keys = evicted_;
    }
    void save(StateWriter& to) const {
        this->save_marks(to);
        numbers_.save(to);
        to.put(waiting_);
        to.put(turns_);
        to.put(older_);
        to.put(replaced_);
        to.put(refused_);
        to.put(evicted_);
    }
    void load(StateReader& from) {
        this->load_marks(from);
        numbers_.load(from);
        from.get(waiting_);
        from.get(turns_);
        from.get(older_);
        from.get(replaced_);
        from.get(refused_);
        from.get(evicted_);
    }

private:
    struct Waiting {
        Key key;
        E event;
        Timestamp least; // of the times of its events
        static constexpr auto fields() { return weir::fields("key", &Waiting::key, "event", &Waiting::event, "least", &Waiting::least); }
    };
    using Numbers = Table<Key, std::uint32_t>; // of what waits

    /// When a key goes on whose first event has this time.
    [[nodiscard]] Timestamp due(Timestamp first) const noexcept { return last_before(saturating_add(first, limit_)); }

    template <typename Next>
    void give(Next& next) {
        const std::uint32_t number = turns_.pop();
        Waiting first = *std::exchange(waiting_[number], std::nullopt);
        waiting_.give_back(number);
        std::uint32_t row = numbers_.find(first.key, hash_of_key(first.key));
        if (row == Numbers::none) [[unlikely]] // of a key that is not == itself
            for (row = 0; numbers_[row].value != number;) ++row;
        numbers_.erase(row);
        next.on_event(std::move(first.event));
    }
    /// What waits is older than what it took the place of: the watermark stays behind it.
    void hold_behind(Timestamp time, std::uint32_t number) {
        waiting_[number]->least = time;
        older_.push(time, number);
        if (older_.size() <= 2 * numbers_.size()) return;
        older_.clear(); // many of them wait no longer; those that have had no lesser time hold nothing back
        for (const auto& row : numbers_) older_.push(waiting_[row.value]->least, row.value);
    }
    /// What is given may be as old as the limit, or older still.
    template <typename Next>
    void send_behind(Timestamp t, Next& next) {
        if (t != max_time) t = limit_ == Duration::max() ? min_time : saturating_add(t, -limit_);
        while (not older_.empty() && not(waiting_[older_.first()] && waiting_[older_.first()]->least == older_.due())) static_cast<void>(older_.pop());
        this->send(older_.empty() ? t : std::min(t, saturating_add(older_.due(), Duration(-1))), next);
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    Duration limit_;
    CheckedOptions options_;
    Numbers numbers_;
    Numbered<std::optional<Waiting>> waiting_;
    TimeOrdered<std::uint32_t> turns_; // by the times of their first events
    TimeOrdered<std::uint32_t> older_; // the least time of those that have had a lesser one than their first
    std::uint64_t replaced_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t evicted_ = 0;
};

struct SuppressOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "suppress";
    template <typename S>
    using assigned = owned_t<typename S::value>;
    static constexpr bool takes_clauses = true;
    Duration limit;
    KeyedOptions options;

    template <typename S>
        requires(is_keyed<S> && not is_windowed<S> && S::timed && not S::traits.clocked)
    using out = with_event_t<without_clauses_t<S>, owned_t<typename S::value>>;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        using KeyOf = std::remove_cvref_t<decltype(key_clause_of(stream.clauses).projection)>;
        bounded_keys_memory<kept_key_t<KeyOf, typename S::value>, Event<owned_t<typename S::value>>, 2>(walk, options, name, 96);
    }
    template <typename S, typename Binding>
    auto bind(const S& stream, Binding&, std::uint32_t) && {
        if (options.ttl != Duration::max()) throw std::invalid_argument("suppress(limit, options): .ttl says nothing here, as a key is forgotten once it is given; leave it out");
        const auto& key_of = key_clause_of(stream.clauses).projection;
        using KeyOf = std::remove_cvref_t<decltype(key_of)>;
        return Suppressing<S, kept_key_t<KeyOf, typename S::value>, KeyOf>(key_of, limit, checked(name, options, true));
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (is_windowed<S>)
            static_assert(detail::never<S>, "suppress(...): it knows no windows, which give one result for each key of themselves: put it behind aggregate(...) and a "
                                            "key_by(projection), or leave window(...) out.");
        else if constexpr (not is_keyed<S>)
            static_assert(detail::never<S>, "suppress(...): this stream has no key, and it gives the latest event of each. Put key_by(projection) before it.");
        else if constexpr (not S::timed)
            static_assert(detail::never<S>, "suppress(...): this pipeline has no event time, which says how long an event waits. Put event_time(projection, strategy) "
                                            "before key_by.");
        else
            static_assert(detail::never<S>, "suppress(...): the times of processing_time() are those of the clock, which does not wait for what is held. Write "
                                            "ingestion_time().");
    }
};

} // namespace detail

/// Of a key's events that follow each other within `limit` the last one goes on: for updates of which not each is wanted (as Kafka
/// Streams' suppress until a time limit).
///     E -> E, owned, with its own event time. A key's first event waits until the watermark reaches its time + limit - 1 ns; what
///     comes meanwhile, also from earlier times, takes its place: it counts as dropped (duplicate). Then the key begins anew.
///     Keys by that time, then as they came. The watermark stays behind by limit, and behind what is older still, so that nothing is late
///     for what follows because it has waited. With limit 0 each event goes on as soon as the watermark stands behind it.
///     options: {.max_keys, .at_max} bound how many wait: evict gives the key that is next at once, if need be the new one
///     (evicted_keys), drop_new drops the event of a further key (overflow), fail throws TooManyKeys. At a stop they count as held.
///     Nothing is allocated once as many keys have waited as ever will. example: tests/keyed/suppress.cpp
template <typename Rep, typename Period>
[[nodiscard]] auto suppress(std::chrono::duration<Rep, Period> limit, KeyedOptions options = {}) {
    return detail::SuppressOp{detail::not_negative(limit, "suppress(limit): limit must not be negative"), options};
}
/// The same without a limit of time: a key waits until there are more than .max_keys, or for the end of the stream, and so does the
/// watermark.
[[nodiscard]] inline auto suppress(KeyedOptions options) { return detail::SuppressOp{Duration::max(), options}; }
template <typename... Wrong>
constexpr Refused suppress(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "suppress(limit, options): limit is a time, or there are options alone. Accepted: suppress(10s), "
                  "suppress(10s, {.max_keys = n}), suppress({.max_keys = n}).");
    return {};
}

} // namespace weir
