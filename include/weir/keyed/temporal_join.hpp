// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>
#include <weir/keyed/join_on_watermark.hpp>
#include <weir/keyed/join_rows.hpp>
#include <weir/keyed/table_of.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of temporal_join. Of a key it keeps the events that wait for the watermark, and the versions that they, or later
/// ones, may still find: the last one that the watermark has passed, and all behind it.
template <typename Both, typename Key, typename KeyOfLeft, typename KeyOfRight, typename Deleted, JoinType type, typename Fn>
class TemporalJoining : public JoinOnWatermark<TemporalJoining<Both, Key, KeyOfLeft, KeyOfRight, Deleted, type, Fn>, Key,
                                               JoinEntry<typename Both::left_type, std::optional<typename Both::right_type>>, NoBranch> {
    using L = typename Both::left_type;
    using R = typename Both::right_type;
    using Arguments = JoinArguments<type, L, R>;
    using Entry = JoinEntry<L, std::optional<R>>;
    using Base = JoinOnWatermark<TemporalJoining, Key, Entry, NoBranch>;
    friend Base;

public:
    TemporalJoining(KeyOfLeft key_of_left, KeyOfRight key_of_right, Deleted is_deleted, Fn fn)
        : Base(NoBranch{}, Duration::zero()), key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)),
          is_deleted_(std::move(is_deleted)), fn_(std::move(fn)) {}

    template <typename Next>
    void on_event(Event<Both>&& event, Next& next) {
        this->before_event(next);
        if (event.time <= this->mark_of_event()) return void(++this->late_);
        ++this->held_;
        const std::uint64_t order = this->order_++;
        if (L* const left = event.value.left()) {
            const std::uint32_t id = this->keys_.enter(std::invoke(std::as_const(key_of_left_), std::as_const(*left)));
            this->keys_[id].left.add({event.time, order, false, std::move(*left)});
            this->keys_.promise(id, {event.time, order});
        } else {
            R& right = *event.value.right();
            const std::uint32_t id = this->keys_.enter(std::invoke(std::as_const(key_of_right_), std::as_const(right)));
            Entry& entry = this->keys_[id];
            if (std::invoke(std::as_const(is_deleted_), std::as_const(right))) entry.right.add({event.time, order, false, std::nullopt});
            else entry.right.add({event.time, order, false, std::move(right)});
            this->keys_.promise(id, due_of(entry));
        }
    }

private:
    /// A version can be found no more when the watermark has reached the next one.
    [[nodiscard]] static JoinDue due_of(const Entry& entry) noexcept {
        const auto versions = entry.right.all();
        JoinDue due;
        if (versions.size() > 1) due = {versions[1].time, versions[1].order};
        else if (not versions.empty()) due = {max_time, versions[0].order};
        return entry.left.empty() ? due : std::min(due, {entry.left.front().time, entry.left.front().order});
    }
    template <typename Next, typename Room>
    bool expire(std::uint32_t id, Timestamp until, Next& next, Room& room) {
        Entry& entry = this->keys_[id];
        while (not entry.empty()) {
            const JoinDue due = due_of(entry);
            if (due.at > until || due > this->keys_.due()) return this->keys_.promise(id, due), true;
            if (entry.left.empty() || due.order != entry.left.front().order) {
                this->unmatched_ += not entry.right.front().matched;
                entry.right.pop_front();
            } else {
                if (not room()) return this->keys_.promise(id, due), false;
                this->reach(due.at, next);
                give(entry.left.front(), entry.right.last_until(due.at), next);
                entry.left.pop_front();
            }
            --this->held_;
        }
        this->keys_.forget(id);
        return true;
    }
    template <typename Next>
    void give(const JoinRow<L>& row, JoinRow<std::optional<R>>* version, Next& next) {
        const bool found = version != nullptr && version->value.has_value();
        if (not found && not Arguments::keeps_left) return void(++this->unmatched_);
        next.on_event(Event<typename Arguments::template result<Fn>>{Arguments::call(fn_, &row.value, found ? &*version->value : nullptr), row.time});
        if (found) version->matched = true;
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left_;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right_;
    WEIR_NO_UNIQUE_ADDRESS Deleted is_deleted_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
};

template <JoinType type, typename KeyOfLeft, typename KeyOfRight, typename Deleted, typename Fn>
struct TemporalJoinOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "temporal_join";
    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right;
    WEIR_NO_UNIQUE_ADDRESS Deleted is_deleted;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
    using Arguments = JoinArguments<type, typename S::value::left_type, typename S::value::right_type>;
    template <typename S>
        requires(TellsDeleted<Deleted, typename S::value::right_type> && Arguments<S>::template gives<Fn>)
    using out = joined_t<S, typename Arguments<S>::template result<Fn>>;

    template <typename S>
    auto bind(const S&) && {
        using Both = typename S::value;
        return TemporalJoining<Both, kept_key_t<KeyOfLeft, typename Both::left_type>, KeyOfLeft, KeyOfRight, Deleted, type, Fn>(
            std::move(key_of_left), std::move(key_of_right), std::move(is_deleted), std::move(fn));
    }
    template <typename S>
    static constexpr void explain() {
        if constexpr (not TellsDeleted<Deleted, typename S::value::right_type>)
            static_assert(never<Fn, S>, "table(...).deleted_when(fn): fn must say of an event of the table whether it deletes. Accepted: bool fn(const T&), const.");
        else if constexpr (type == JoinType::left)
            static_assert(never<Fn, S>, "temporal_join<JoinType::left>(stream, versions, fn): the version may be missing, so it comes as a pointer, and fn must "
                                        "give a result. Accepted: T fn(const L&, const R*).");
        else
            static_assert(never<Fn, S>, "temporal_join(stream, versions, fn): fn must take an event of the stream and a version, and give a result. Accepted: "
                                        "T fn(const L&, const R&).");
    }
};

} // namespace detail

/// Gives each event of a stream together with the version of its key that was valid at its time: the as-of join.
///     stream: a pipeline with event time that ends in key_by; versions: another such, whose events are each valid from their times until
///     the key's next; or table(pipeline).deleted_when(fn)
///     fn(const E&, const V&) -> T, with the event's time, when the watermark (the lesser of the sides') has reached it, by time; an event
///     without a version is dropped (unmatched). temporal_join<JoinType::left> gives it too: fn(const E&, const V*).
///     Events at or behind the watermark of their own side are dropped (late), of either side: for a side output put drop_late().late_to(chain)
///     before its key_by. Of versions of one time the one that came last counts.
///     Memory: the events that the watermark has not reached, and of each key the last version and those that it has not reached; held
///     counts them. Nothing is allocated once as much has been kept as ever will. example: tests/keyed/temporal_join.cpp
template <JoinType type = JoinType::inner, typename Stream, typename Versions, typename Fn>
[[nodiscard]] constexpr auto temporal_join(Stream&& stream, Versions&& versions, Fn fn) {
    static_assert(type == JoinType::inner || type == JoinType::left, "temporal_join<type>: versions are not given for themselves; type is inner or left.");
    auto right = detail::table_of(std::forward<Versions>(versions));
    using L = std::remove_cvref_t<Stream>;
    using R = decltype(right.pipeline);
    if constexpr (not detail::can_join<true, L, R>()) return Refused{};
    else {
        using Op = detail::TemporalJoinOp<type, detail::open_key_t<L>, detail::open_key_t<R>, decltype(right.is_deleted), Fn>;
        Op op{detail::open_key_in(stream), detail::open_key_in(right.pipeline), std::move(right.is_deleted), std::move(fn)};
        return detail::joined(std::forward<Stream>(stream), std::move(right.pipeline)) | std::move(op);
    }
}

} // namespace weir
