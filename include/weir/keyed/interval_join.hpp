// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/late_to.hpp>
#include <weir/keyed/event_block.hpp>
#include <weir/keyed/interval.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>
#include <weir/keyed/join_late.hpp>
#include <weir/keyed/join_on_watermark.hpp>
#include <weir/keyed/join_rows.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of interval_join.
///     A row is kept until the watermark, the lesser of the sides', has reached the last time that a partner may have. Only then can a
///     row be given that has none, with a time which that watermark has passed by then; so what goes on of the watermark stays behind
///     it by as long as such a row may wait.
template <typename Both, typename Key, typename KeyOfLeft, typename KeyOfRight, typename Bounds, JoinType type, typename Fn, typename Side>
class IntervalJoining : public JoinOnWatermark<IntervalJoining<Both, Key, KeyOfLeft, KeyOfRight, Bounds, type, Fn, Side>, Key,
                                               JoinEntry<typename Both::left_type, typename Both::right_type>, Side> {
    using L = typename Both::left_type;
    using R = typename Both::right_type;
    using Arguments = JoinArguments<type, L, R>;
    using Entry = JoinEntry<L, R>;
    using Base = JoinOnWatermark<IntervalJoining, Key, Entry, Side>;
    friend Base;

public:
    IntervalJoining(KeyOfLeft key_of_left, KeyOfRight key_of_right, Bounds bounds, Duration accepted, const CheckedOptions& options, Fn fn, Side side)
        : Base(std::move(side), delay_of(bounds, accepted), options), key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)), fn_(std::move(fn)),
          bounds_(bounds), accepted_(accepted) {}

    template <typename Next>
    void on_event(Event<Both>&& event, Next& next) {
        this->go_now(next);
        const auto take_it = [&]<bool IsLeft>(std::bool_constant<IsLeft>, auto& value, const auto& key_of) {
            take<IsLeft>(value, event.time, next, [&] {
                auto&& key = std::invoke(key_of, std::as_const(value));
                return this->enter(key, hash_of_key(key));
            });
        };
        if (L* const left = event.value.left()) take_it(std::true_type(), *left, std::as_const(key_of_left_));
        else take_it(std::false_type(), *event.value.right(), std::as_const(key_of_right_));
    }

    /// Events of one side at once. What their watermarks let go is let go behind them all, where nobody can notice: a row that nothing is
    /// given for, and that none of them can find, as their own times are ahead of the watermark.
    static constexpr bool takes_merged_span = RunKeys<KeyOfLeft, L>::fits && RunKeys<KeyOfRight, R>::fits;
    template <typename Next>
    std::size_t on_merged_span(const MergedSpan<Event<Both>>& span, Next& next) {
        this->go_now(next);
        const LetGo behind{*this};
        const std::size_t taken = span.events.front().event.value.is_left() ? take_run<true>(span, key_of_left_, next) : take_run<false>(span, key_of_right_, next);
        if (not this->suspended_) this->say_mark(next); // else some of that time are still to be given
        return taken;
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return left_; }

private:
    struct LetGo { // also when a function throws
        IntervalJoining& join;
        ~LetGo() {
            if (join.lets_go_later()) join.let_go_till_mark();
        }
    };
    [[nodiscard]] bool lets_go_later() const noexcept { return type == JoinType::inner && accepted_ == Duration::zero() && bounds_.is_exact() && not this->keys_.is_bounded(); }
    void let_go_till_mark() {
        std::uint64_t n = 0, unmatched = 0;
        const auto leave = [&](auto& rows, auto& spare) {
            unmatched += not rows.front().matched;
            rows.pop_front(spare);
            ++n;
        };
        this->keys_.let_go(this->mark_, [&leave, &spare = this->keys_.spare()](Entry& entry, bool is_left) {
            if (is_left) leave(entry.left, spare.left);
            else leave(entry.right, spare.right);
        });
        this->held_ -= n;
        this->unmatched_ += unmatched;
    }

    template <bool IsLeft, typename KeyOf, typename Next>
    std::size_t take_run(const MergedSpan<Event<Both>>& span, const KeyOf& key_of, Next& next) {
        using T = std::conditional_t<IsLeft, L, R>;
        constexpr std::size_t most = TimedSpan<T>::most;
        std::size_t taken = 0;
        left_ = span.events.size();
        while (left_ != 0) {
            const auto events = span.events.subspan(taken, std::min(left_, most));
            const auto value = [events](std::size_t i) -> T& {
                if constexpr (IsLeft) return *events[i].event.value.left();
                else return *events[i].event.value.right();
            };
            RunKeys<KeyOf, T> keys(key_of);
            std::uint64_t hashes[most];
            std::uint32_t guesses[most];
            std::size_t n = 0;
            const auto take_them = [&] {
                this->keys_.template guess<IsLeft>({hashes, n}, guesses);
                const auto key = keys.again([value](std::size_t i) -> const T& { return value(i); });
                for (std::size_t i = 0; i < n; ++i, ++taken, --left_) {
                    if constexpr (Side::waits || Next::bounded_room)
                        if (this->room(next) == 0) return false;
                    if (not rise(events[i].mark, span.others, next)) return false;
                    take<IsLeft>(value(i), events[i].event.time, next, [&] { return this->enter(key(i), hashes[i], guesses[i]); });
                }
                return true;
            };
            try {
                for (; n < events.size(); ++n) hashes[n] = hash_of_key(keys.find(n, std::as_const(value(n))));
            } catch (...) { // at the n-th key
                take_them();
                throw;
            }
            if (not take_them()) break;
        }
        return taken;
    }
    /// Before an event of a run; false where there was no room for all that comes before it.
    template <typename Next>
    bool rise(Timestamp own, Timestamp others, Next& next) {
        if (own != this->own_mark_) this->side_.on_own_mark(this->own_mark_ = own);
        const Timestamp mark = std::min(own, others);
        if (mark <= this->mark_) return true;
        this->side_.on_watermark(mark);
        this->target_ = std::max(this->target_, mark);
        if (lets_go_later() || this->keys_.due() > mark) this->mark_ = mark;
        else this->go_as_far_as_room(next);
        return not this->suspended_;
    }

    template <bool IsLeft>
    static constexpr bool is_kept = IsLeft ? Arguments::keeps_left : Arguments::keeps_right; // also without a partner
    /// So far behind the watermark what is given may lie.
    static Duration delay_of(const Bounds& bounds, Duration accepted) noexcept {
        Duration delay = bounds.slack();
        if (accepted != Duration::max()) delay = saturating_add(Timestamp(delay), accepted).time_since_epoch();
        if (Arguments::keeps_left) delay = std::max(delay, bounds.template reach<true>());
        if (Arguments::keeps_right) delay = std::max(delay, bounds.template reach<false>());
        return delay;
    }
    template <bool IsLeft, typename Sides>
    static auto& side_of(Sides& sides) noexcept {
        if constexpr (IsLeft) return sides.left;
        else return sides.right;
    }

    /// enter(): gives its key's row.
    template <bool IsLeft, typename T, typename Next, typename Enter>
    void take(T& value, Timestamp time, Next& next, const Enter& enter) {
        if (accepted_ != Duration::max() && is_over(saturating_add(bounds_.late_from(time), accepted_), this->mark_of_event())) return drop_late<IsLeft>(value, time);
        const std::uint32_t id = enter();
        if (id == Base::Keys::none) return; // counted there
        Entry& entry = this->keys_[id];
        bool matched = false;
        if (auto& partners = side_of<not IsLeft>(entry); not partners.empty()) {
            this->say_mark(next);
            for (auto& partner : partners.between(bounds_.template first<IsLeft>(time), bounds_.template last<IsLeft>(time))) {
                if constexpr (IsLeft) give(&value, &partner.value, std::max(time, partner.time), next);
                else give(&partner.value, &value, std::max(time, partner.time), next);
                partner.matched = matched = true;
            }
        }
        if (const Timestamp until = bounds_.template until<IsLeft>(time); until > this->mark_) {
            side_of<IsLeft>(entry).add(side_of<IsLeft>(this->keys_.spare()), time, this->order_, matched, std::move(value));
            ++this->held_;
            this->keys_.wait(id, until, this->order_++, IsLeft);
        } else if (not matched) {
            this->say_mark(next);
            give_alone<IsLeft>(value, time, next);
        }
        this->keys_.settle(id);
    }
    template <bool IsLeft, typename T>
    void drop_late(T& value, Timestamp time) {
        ++this->late_;
        auto& side = side_of<IsLeft>(this->side_);
        if constexpr (not std::is_same_v<std::remove_cvref_t<decltype(side)>, NoBranch>) side.on_event(Event<T>{std::move(value), time});
    }
    template <typename Next>
    void give(const L* left, const R* right, Timestamp time, Next& next) {
        next.on_event(Event<typename Arguments::template result<Fn>>{Arguments::call(fn_, left, right), time});
    }
    template <bool IsLeft, typename T, typename Next>
    void give_alone(const T& value, Timestamp time, Next& next) {
        if constexpr (not is_kept<IsLeft>) ++this->unmatched_;
        else if constexpr (IsLeft) give(&value, nullptr, time, next);
        else give(nullptr, &value, time, next);
    }

    void place_all(std::uint32_t id) {
        for (const auto& row : this->keys_[id].left.all()) this->keys_.wait(id, bounds_.template until<true>(row.time), row.order, true);
        for (const auto& row : this->keys_[id].right.all()) this->keys_.wait(id, bounds_.template until<false>(row.time), row.order, false);
    }
    void finish() noexcept {}
    template <typename Next, typename Room>
    bool let_go(Entry& entry, const JoinPlace& place, Next& next, Room& room) {
        return place.is_left ? let_go<true>(entry, place.at, next, room) : let_go<false>(entry, place.at, next, room);
    }
    template <bool IsLeft, typename Next, typename Room>
    bool let_go(Entry& entry, Timestamp at, Next& next, Room& room) {
        auto& rows = side_of<IsLeft>(entry);
        auto& row = rows.front();
        if (not row.matched) {
            if constexpr (is_kept<IsLeft>) {
                if (not room()) return false;
                this->reach(at, next);
            }
            give_alone<IsLeft>(row.value, row.time, next);
        }
        rows.pop_front(side_of<IsLeft>(this->keys_.spare()));
        --this->held_;
        return true;
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left_;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    Bounds bounds_;
    Duration accepted_;
    std::size_t left_ = 0; // of a span
};

template <typename Spec, typename KeyOfLeft, typename KeyOfRight, typename Fn>
struct IntervalJoinOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "interval_join";
    template <typename S>
    using assigned = std::pair<typename S::value::left_type, typename S::value::right_type>;
    using LateLeft = decltype(Spec::late_left);
    using LateRight = decltype(Spec::late_right);
    static constexpr bool cuts_inside = any_cuts<ops_t<LateLeft>> || any_cuts<ops_t<LateRight>>;
    Spec within;
    KeyedOptions options;
    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
    using Arguments = JoinArguments<Spec::type, typename S::value::left_type, typename S::value::right_type>;
    template <typename S>
        requires(Spec::is_kept && Arguments<S>::template gives<Fn>)
    using out = std::conditional_t<takes_late_of_sides<S, LateLeft, LateRight>(), joined_t<S, typename Arguments<S>::template result<Fn>>, Refused>;

    template <typename S>
    void say_memory(auto& walk, const S&) const {
        walk.unbounded("not bounded: interval_join keeps all events of its interval, and nothing says how many those are");
        late_of_sides_memory<S>(walk, within.late_left, within.late_right);
    }
    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t id) && {
        using Both = typename S::value;
        auto side = bind_late_of_sides<LateSides, S>(std::move(within.late_left), std::move(within.late_right), binding, id);
        using Side = decltype(side);
        return IntervalJoining<Both, kept_key_t<KeyOfLeft, typename Both::left_type>, KeyOfLeft, KeyOfRight, decltype(Spec::bounds), Spec::type, Fn, Side>(
            std::move(key_of_left), std::move(key_of_right), within.closed(), within.accepted, checked_for_join(name, options), std::move(fn), std::move(side));
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not Spec::is_kept)
            static_assert(never<Fn, S>, "interval_join(left, right, within(...), fn): with an unbounded side rows would be kept for ever. Say for how long: "
                                        "within(...).keep(duration).");
        else if constexpr (not Arguments<S>::template callable<Fn> && Spec::type == JoinType::inner)
            static_assert(never<Fn, S>, "interval_join(left, right, within(...), fn): fn cannot be called with a value of each side. Accepted: T fn(const L&, "
                                        "const R&).");
        else if constexpr (not Arguments<S>::template callable<Fn>)
            static_assert(never<Fn, S>, "interval_join(left, right, within(...), fn): in an outer join the side that may be missing comes as a pointer. "
                                        "Accepted: left_outer: T fn(const L&, const R*); right_outer: T fn(const L*, const R&); full_outer: T fn(const L*, "
                                        "const R*).");
        else
            static_assert(never<Fn, S>, "interval_join(left, right, within(...), fn): fn returns nothing, but it must return what the join gives.");
    }
};

} // namespace detail

/// Joins each event of the left side with each of the right side that has the same key and a time within bounds of its own.
///     left, right: pipelines with event time that end in key_by, with keys of one type
///     bounds: within(lower, upper): right.time - left.time lies in [lower, upper]; within_window(size): both lie in one window
///     fn(const L&, const R&) -> T for each pair; in an outer join what may be missing is a pointer: left_outer fn(const L&, const R*),
///     right_outer fn(const L*, const R&), full_outer fn(const L*, const R*); nullptr: it had no partner.
///     -> T with the greater of both times, as soon as both are there; a row without partner with its own time, when the watermark
///     (the lesser of the sides') has reached the last time that one might have had. No order is promised. The watermark goes on with the
///     inner join; with an outer one as much later as such rows wait, so that none of them is late.
///     With .accept_late(d) it stays d behind, so that what late rows give is not late in its turn; with .accept_late(), where nobody knows
///     how late they are, it does not, and what follows judges them: a window's late_to, drop_late.
///     Events at or behind their side's watermark are late: dropped, counted, given to late_left_to and late_right_to.
///     A row is kept until its last partner's time: the state is bounded by the interval, and by options {.max_keys, .at_max}: of no more
///     keys are rows kept at once; of a key too much it throws TooManyKeys, drops the event (overflow), or evicts the key that got none
///     for longest: its rows are found no more, nor given, and count as evicted where nothing was given for them. Nothing is allocated
///     once as much has been kept as ever will. Counted: dropped as late and unmatched, held. example: tests/keyed/interval_join.cpp
template <typename Left, typename Right, typename Within, typename Fn>
    requires detail::is_within<Within>
[[nodiscard]] constexpr auto interval_join(Left&& left, Right&& right, Within bounds, Fn fn, KeyedOptions options = {}) {
    using L = std::remove_cvref_t<Left>;
    using R = std::remove_cvref_t<Right>;
    if constexpr (not detail::can_join<true, L, R>()) return Refused{};
    else {
        detail::IntervalJoinOp<Within, detail::open_key_t<L>, detail::open_key_t<R>, Fn> op{std::move(bounds), options, detail::open_key_in(left),
                                                                                           detail::open_key_in(right), std::move(fn)};
        return detail::joined(std::forward<Left>(left), std::forward<Right>(right)) | std::move(op);
    }
}
template <typename... Wrong>
constexpr Refused interval_join(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "interval_join(left, right, within(...), fn): it takes two pipelines, each with key_by at its end, how "
                  "far apart in time partners may be, and a function of both: interval_join(left, right, within(-1min, 1h), "
                  "fn).");
    return {};
}

} // namespace weir
