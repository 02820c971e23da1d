// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/state.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/matched_events.hpp>
#include <weir/keyed/pattern.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// What happens when a key has as many partial matches as it may.
enum class AtMaxPartialMatches : unsigned char {
    fail,        ///< TooManyPartialMatches is thrown
    drop_new,    ///< the new one is dropped, and events that were only in it count as Drop::overflow
    drop_oldest, ///< the one that has waited longest is dropped, and events that were only in it count as Drop::evicted
};

/// What bounds the state of match.
struct MatchOptions {
    std::size_t max_partial_matches = 10'000; ///< for each key
    AtMaxPartialMatches at_max = AtMaxPartialMatches::fail;
};

/// A match with AtMaxPartialMatches::fail has been given one partial match more.
class TooManyPartialMatches : public std::runtime_error {
public:
    TooManyPartialMatches() : std::runtime_error("match: a key has max_partial_matches partial matches already, and at_max says fail") {}
};

namespace detail {

/// What a step is, whatever its condition.
struct StepRules {
    StepKind kind;
    Contiguity before;
    Contiguity inner;
    std::uint32_t least;
    std::uint32_t most;
    bool is_optional;
};

struct PartialMatch {
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    std::uint64_t open = 0;     // the steps that may take the next event, one bit each, and the end
    std::uint32_t last = none;  // link
    std::uint32_t first = none; // event
    std::uint32_t step = 0;
    std::uint32_t count = 0; // of the step's events
    bool is_new = true;      // no event has come since
    bool has_more = false;   // an event has gone on with it, or it has been given
};

/// How many events a match may have; unlimited: any number.
[[nodiscard]] std::size_t longest_match(const auto& steps) {
    return std::apply(
        [](const auto&... step) {
            const bool any = ((step.most == std::numeric_limits<std::uint32_t>::max()) || ...);
            return any ? unlimited : (std::size_t{0} + ... + std::size_t{step.most});
        },
        steps);
}

/// When the time of the partial matches is over that begin with an event.
struct MatchDeadline {
    Timestamp at{};
    std::uint64_t order = 0;
    std::uint32_t first = PartialMatch::none;
};

/// How a condition is asked: of the event alone, or also of what was taken before.
template <typename Pred, typename T>
concept AsksEvent = std::predicate<const Pred&, const T&>;
template <typename Pred, typename T, typename Key>
concept AsksMatch = not AsksEvent<Pred, T> && std::predicate<const Pred&, const T&, const Match<Key, T>&>;
template <typename Pred, typename T, typename Key>
concept Asks = AsksEvent<Pred, T> || AsksMatch<Pred, T, Key>;

template <typename Step, typename T, typename Key>
concept StepAsks = Asks<decltype(Step::pred), T, Key> && (not Step::has_until || Asks<decltype(Step::until), T, Key>);

/// Finds a pattern in the events of keys, which come in the order of their times: an automaton that is in several states at once.
///     A partial match is its last event, the step that took it, and which steps may take the next: each event either goes on with it,
///     as a further partial match, or is passed over where the step's contiguity allows that.
template <typename T, typename Key, typename P>
class PatternMatcher {
    using Partials = JobVector<dependent_t<PartialMatch, Key>>;
    using Links = JobVector<dependent_t<std::uint32_t, Key>>;
    using Deadline = dependent_t<MatchDeadline, Key>;
    using Events = SharedEvents<T>;
    using Steps = std::remove_cvref_t<decltype(std::declval<const P&>().steps())>;
    static constexpr std::size_t size = std::tuple_size_v<Steps>;
    static constexpr std::uint64_t end = std::uint64_t{1} << size; // a match that is complete once its time is over
    static constexpr std::uint32_t none = Events::none;
    static_assert(size < 64, "match: a pattern has no more than 63 steps");

public:
    PatternMatcher(const P& pattern, const MatchOptions& options, const CheckedOptions& keys = {}) : pattern_(pattern), options_(options), rows_(keys) {
        std::apply([this](const auto&... step) { (this->describe(step), ...); }, pattern_.steps());
        begins_ = open_from(0);
        if ((begins_ & end) != 0) throw std::invalid_argument("match: every step of the pattern is optional(), so nothing would be a match");
        for (std::uint32_t step = 0; step < size; ++step)
            if (steps_[step].kind == StepKind::taken && (open_from(step + 1) & end) != 0 && must_wait(step) && pattern_.duration() == Duration::max())
                throw std::invalid_argument("match: nothing need come behind not_next or not_followed_by, so the pattern needs within(d) to be complete");
        if (options.max_partial_matches == 0) throw std::invalid_argument("match: .max_partial_matches must be at least 1");
    }

    /// What so many keys with so many partial matches each take at most, of so many events each, with the events that wait.
    [[nodiscard]] static std::size_t bytes_of(auto& walk, std::size_t keys, std::size_t partials, std::size_t length) {
        const std::size_t coming = times(plus(partials, 1), size); // while an event is looked at
        const std::size_t taken = times(times(keys, partials), length), events = plus(walk.waiting(), taken);
        const std::size_t own_key = walk.template of_one<Key>() - sizeof(Key), own = walk.template of_one<T>() - sizeof(T);
        std::size_t bytes = plus(grown(events, sizeof(typename Events::Held) + 4), times(events, own));
        bytes = plus(bytes, grown(walk.waiting(), 32));
        bytes = plus(bytes, grown(plus(taken, coming), sizeof(typename Events::Link) + 4));
        bytes = plus(bytes, plus(grown(coming, sizeof(PartialMatch) + 8), grown(length, 64)));
        bytes = plus(bytes, grown(plus(times(2, events), 64), sizeof(Deadline)));
        return plus(bytes, plus(plus(grown(keys, sizeof(Key) + sizeof(Partials) + 128), times(keys, 3 * own_key)), times(keys, grown(partials, sizeof(PartialMatch)))));
    }

    [[nodiscard]] Events& events() noexcept { return events_; }
    [[nodiscard]] const Events& events() const noexcept { return events_; }
    /// When the time of the oldest partial matches is over. (They may have gone before.)
    [[nodiscard]] Timestamp due() const noexcept { return deadlines_.empty() ? max_time : deadlines_.front().at; }
    [[nodiscard]] bool is_empty() const noexcept { return deadlines_.empty(); }

    /// The next event. give(match): for each that it completes.
    template <typename K, typename Give>
    void take(std::uint32_t event, const K& key, Give&& give) {
        events_.look_at(event);
        const std::uint64_t hash = hash_of_key(key);
        const std::uint32_t row = rows_.find(key, hash);
        const Shown<K> shown{*this, key, row};
        if (row != none)
            for (PartialMatch& partial : rows_[row]) go_on(partial, event, shown);
        each(begins_, [&](std::uint32_t step) {
            if (fits(step, event, none, shown) && not stops(step, event, none, shown)) add(event, none, step, 1, event);
        });
        if (not completed_.empty()) complete(row, events_.time(event), shown, give);
        if (row != none) drop_if(rows_[row], Drop::unmatched, [](const PartialMatch& partial) { return partial.open == 0; });
        Drop reason = Drop::unmatched;
        if (not added_.empty()) reason = keep(key, hash, event);
        else if (row != none && rows_[row].empty()) rows_.forget(row);
        events_.settle(event, reason);
    }
    /// The time of the oldest partial matches is over. key_of(value): their key; give_up(match): for each that has come no further.
    template <typename KeyOf, typename Give, typename GiveUp>
    void expire(KeyOf&& key_of, Give&& give, GiveUp&& give_up) {
        const MatchDeadline deadline = deadlines_.front();
        deadlines_.pop_front();
        if (events_.order(deadline.first) != deadline.order) return; // they have gone
        auto&& key = std::invoke(key_of, events_.value(deadline.first));
        const std::uint32_t row = rows_.find(key, hash_of_key(key));
        if (row == none) return;
        const Shown<std::remove_cvref_t<decltype(key)>> shown{*this, key, row};
        const auto is_over = [first = deadline.first](const PartialMatch& partial) { return partial.first == first; };
        for (const PartialMatch& partial : rows_[row]) {
            if (not is_over(partial)) continue;
            if ((partial.open & end) != 0) {
                events_.use(partial.last);
                completed_.push_back(partial.last);
            } else if (not partial.has_more) {
                given_up_.push_back(partial.last);
            }
        }
        if (completed_.empty() || pattern_.after_match() == AfterMatch::no_skip) {
            sort(given_up_);
            for (const std::uint32_t last : given_up_) give_up(shown.match(last, deadline.at));
        }
        given_up_.clear();
        if (not completed_.empty()) complete(row, deadline.at, shown, give);
        drop_if(rows_[row], Drop::expired, is_over);
        if (rows_[row].empty()) rows_.forget(row);
    }

    void report(OperatorReport& row) const noexcept {
        rows_.report(row);
        events_.report(row);
    }
    void save(StateWriter& to) const {
        to.put(events_);
        rows_.save(to);
    }
    void load(StateReader& from) {
        from.get(events_);
        rows_.load(from);
        deadlines_ = {};
        if constexpr (P::bounded) {
            std::vector<Deadline> all;
            for (std::uint32_t row = 0; row < rows_.size(); ++row)
                for (const PartialMatch& partial : rows_[row]) all.push_back(deadline_of(partial.first));
            std::sort(all.begin(), all.end(), [](const MatchDeadline& a, const MatchDeadline& b) { return a.order < b.order; });
            for (const MatchDeadline& deadline : all)
                if (deadlines_.empty() || deadlines_.back().order != deadline.order) deadlines_.push_back(deadline);
        }
    }

private:
    /// A key as its events have it, shown to the user as the table would keep it.
    template <typename K>
    struct Shown {
        PatternMatcher& matcher;
        const K& key;
        std::uint32_t row;

        Match<Key, T> match(std::uint32_t last, Timestamp time) const {
            matcher.events_.read(last, matcher.taken_);
            if constexpr (std::is_same_v<K, Key>) return Match<Key, T>(key, matcher.taken_, matcher.names_, time);
            else if (row != none) return Match<Key, T>(matcher.rows_.key(row), matcher.taken_, matcher.names_, time);
            else return Match<Key, T>(matcher.keep_shown(key), matcher.taken_, matcher.names_, time);
        }
    };

    template <typename K>
    const Key& keep_shown(const K& key) {
        if constexpr (std::is_assignable_v<Key&, const K&>) {
            if (shown_) return *shown_ = key; // in its memory
        }
        return shown_.emplace(key);
    }
    template <typename S>
    void describe(const S& step) {
        if (S::kind == StepKind::taken && (step.name.empty() || std::find(names_.begin(), names_.end(), step.name) != names_.end()))
            throw std::invalid_argument("match: the steps of a pattern need names, each its own: " + step.name);
        names_.push_back(step.name);
        steps_.push_back({S::kind, step.before, step.inner, step.least, step.most, step.is_optional});
    }
    /// The steps from this one on that may take the next event: those up to the first that must not be left out.
    [[nodiscard]] std::uint64_t open_from(std::uint32_t step) const noexcept {
        std::uint64_t open = 0;
        for (; step < size; ++step) {
            if (steps_[step].kind != StepKind::taken) continue;
            open |= std::uint64_t{1} << step;
            if (not steps_[step].is_optional) return open;
        }
        return open | end;
    }
    /// Whether something must not come behind the step.
    [[nodiscard]] bool must_wait(std::uint32_t step) const noexcept {
        return std::any_of(steps_.begin() + step, steps_.end(), [](const StepRules& later) { return later.kind != StepKind::taken; });
    }
    template <typename Fn>
    static void each(std::uint64_t open, Fn&& fn) {
        for (std::uint32_t step = 0; step < size; ++step)
            if ((open >> step & 1) != 0) fn(step);
    }

    template <typename Pred, typename K>
    bool ask(const Pred& pred, std::uint32_t event, std::uint32_t last, const Shown<K>& shown) {
        const T& value = events_.value(event);
        if constexpr (AsksEvent<Pred, T>) return std::invoke(pred, value);
        else {
            const Match<Key, T> so_far = shown.match(last, events_.time(event));
            return std::invoke(pred, value, so_far);
        }
    }
    template <typename K>
    bool fits(std::uint32_t step, std::uint32_t event, std::uint32_t last, const Shown<K>& shown) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((I == step && ask(std::get<I>(pattern_.steps()).pred, event, last, shown)) || ...);
        }(std::make_index_sequence<size>{});
    }
    template <typename K>
    bool stops(std::uint32_t step, std::uint32_t event, std::uint32_t last, const Shown<K>& shown) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((I == step && stops_in<I>(event, last, shown)) || ...);
        }(std::make_index_sequence<size>{});
    }
    template <std::size_t I, typename K>
    bool stops_in(std::uint32_t event, std::uint32_t last, const Shown<K>& shown) {
        if constexpr (std::tuple_element_t<I, Steps>::has_until) return ask(std::get<I>(pattern_.steps()).until, event, last, shown);
        else return false;
    }

    template <typename K>
    void go_on(PartialMatch& partial, std::uint32_t event, const Shown<K>& shown) {
        std::uint64_t open = partial.open;
        for (std::uint32_t step = partial.step + 1; step < size && open >> step != 0; ++step) {
            const StepKind kind = steps_[step].kind;
            if (kind == StepKind::not_followed_by || (kind == StepKind::not_next && partial.is_new))
                if (fits(step, event, partial.last, shown)) open &= (std::uint64_t{1} << step) - 1; // no step behind it any more
        }
        partial.is_new = false;
        const std::uint64_t own = std::uint64_t{1} << partial.step;
        if ((open & own) != 0 && stops(partial.step, event, partial.last, shown)) open &= ~own;
        each(open, [&](std::uint32_t step) {
            const bool again = step == partial.step;
            const Contiguity contiguity = again ? steps_[step].inner : steps_[step].before;
            const bool taken = fits(step, event, partial.last, shown) && (again || not stops(step, event, partial.last, shown));
            if (taken) add(event, partial.last, step, again ? partial.count + 1 : 1, partial.first);
            partial.has_more = partial.has_more || taken;
            if (contiguity == Contiguity::strict || (taken && contiguity == Contiguity::relaxed)) open &= ~(std::uint64_t{1} << step);
        });
        partial.open = open;
    }
    void add(std::uint32_t event, std::uint32_t before, std::uint32_t step, std::uint32_t count, std::uint32_t first) {
        PartialMatch partial{0, events_.take(event, before, step), first, step, count};
        if (count < steps_[step].most) partial.open |= std::uint64_t{1} << step;
        if (count >= steps_[step].least) partial.open |= open_from(step + 1);
        if ((partial.open & end) != 0 && not must_wait(step)) {
            partial.open &= ~end;
            partial.has_more = true;
            events_.use(partial.last);
            completed_.push_back(partial.last);
        }
        if (partial.open != 0) added_.push_back(partial);
        else events_.release(partial.last, Drop::unmatched);
    }

    void sort(Links& links) {
        if (links.size() > 1) std::sort(links.begin(), links.end(), [this](std::uint32_t a, std::uint32_t b) { return events_.goes_before(a, b); });
    }
    /// Gives the completed matches, as far as others do not skip them.
    template <typename K, typename Give>
    void complete(std::uint32_t row, Timestamp time, const Shown<K>& shown, Give&& give) {
        sort(completed_);
        const AfterMatch after = pattern_.after_match();
        std::uint32_t given = none;
        for (const std::uint32_t last : completed_) {
            const std::uint32_t first = events_.first_of(last);
            if (after == AfterMatch::no_skip || given == none || (after == AfterMatch::skip_to_next && first != given)) {
                given = first;
                events_.set_matched(last);
                give(shown.match(last, time));
                if (after != AfterMatch::no_skip) {
                    const std::uint64_t order = events_.order(after == AfterMatch::skip_to_next ? first : events_.link(last).event);
                    const auto skipped = [&](const PartialMatch& partial) {
                        return after == AfterMatch::skip_to_next ? partial.first == first : events_.order(partial.first) <= order;
                    };
                    if (row != none) drop_if(rows_[row], Drop::unmatched, skipped);
                    drop_if(added_, Drop::unmatched, skipped);
                }
            }
        }
        for (const std::uint32_t last : completed_) events_.release(last, Drop::unmatched);
        completed_.clear();
    }
    template <typename Which>
    void drop_if(Partials& partials, Drop reason, Which&& which) {
        std::erase_if(partials, [&](const PartialMatch& partial) {
            if (not which(partial)) return false;
            events_.release(partial.last, reason);
            return true;
        });
    }
    /// What was added waits with its key, if there is room for it.
    template <typename K>
    Drop keep(const K& key, std::uint64_t hash, std::uint32_t event) {
        Drop reason = Drop::unmatched; // of the event, if nothing keeps it
        const auto any = [](const PartialMatch&) { return true; };
        const auto [row, is_new] = rows_.enter(key, hash, [this, any](const Key&) { drop_if(rows_[rows_.oldest()], Drop::evicted, any); });
        if (row == none) {
            drop_if(added_, reason = Drop::overflow, any);
            return reason;
        }
        rows_.changed(row, min_time);
        Partials& partials = rows_[row];
        if (is_new) partials = Partials(added_.get_allocator());
        bool begins = false;
        for (const PartialMatch& partial : added_) {
            if (partials.size() >= options_.max_partial_matches) {
                if (options_.at_max == AtMaxPartialMatches::fail) throw TooManyPartialMatches();
                if (options_.at_max == AtMaxPartialMatches::drop_new) {
                    events_.release(partial.last, reason = Drop::overflow);
                    continue;
                }
                events_.release(partials.front().last, Drop::evicted);
                partials.erase(partials.begin());
            }
            partials.push_back(partial);
            begins = begins || partial.first == event;
        }
        added_.clear();
        if constexpr (P::bounded)
            if (begins) {
                if (deadlines_.size() >= 2 * events_.size() + 64) leave_out_gone();
                deadlines_.push_back(deadline_of(event));
            }
        return reason;
    }
    /// Partial matches that went before their time was over have left deadlines behind.
    [[gnu::noinline]] void leave_out_gone() {
        for (std::size_t n = deadlines_.size(); n > 0; --n) {
            const Deadline deadline = deadlines_.front();
            deadlines_.pop_front();
            if (events_.order(deadline.first) == deadline.order) deadlines_.push_back(deadline);
        }
    }
    [[nodiscard]] MatchDeadline deadline_of(std::uint32_t first) const {
        return {saturating_add(events_.time(first), pattern_.duration()), events_.order(first), first};
    }

    P pattern_;
    MatchOptions options_;
    std::vector<dependent_t<StepRules, Key>> steps_;
    std::vector<std::string> names_;
    std::uint64_t begins_ = 0;
    Events events_;
    BoundedKeys<Key, Partials> rows_; // of keys that have partial matches
    Fifo<Deadline> deadlines_; // in the order of their first events
    Partials added_;
    Links completed_; // links
    Links given_up_;  // links
    JobVector<TakenEvent<T>> taken_;       // of the match that is shown
    std::optional<Key> shown_;             // the key of the match that is shown, where the table has none
};

} // namespace detail
} // namespace weir
