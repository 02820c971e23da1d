// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>
#include <weir/keyed/join_on_watermark.hpp>
#include <weir/keyed/join_rows.hpp>
#include <weir/keyed/with_table.hpp>

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
    TemporalJoining(KeyOfLeft key_of_left, KeyOfRight key_of_right, Deleted is_deleted, Fn fn, const CheckedOptions& options)
        : Base(NoBranch{}, Duration::zero(), options), key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)),
          is_deleted_(std::move(is_deleted)), fn_(std::move(fn)) {}

    template <typename Next>
    void on_event(Event<Both>&& event, Next& next) {
        this->go_now(next);
        if (is_over(event.time, this->mark_of_event())) return void(++this->late_);
        const bool is_left = event.value.is_left();
        const std::uint32_t id = is_left ? take(*event.value.left(), event.time) : take_version(*event.value.right(), event.time);
        if (id == Base::Keys::none) return; // counted there
        ++this->held_;
        this->keys_.wait(id, event.time, this->order_++, is_left);
    }

private:
    std::uint32_t take(L& left, Timestamp time) {
        const std::uint32_t id = enter(std::as_const(key_of_left_), left);
        if (id != Base::Keys::none) this->keys_[id].left.add(this->keys_.spare().left, time, this->order_, false, std::move(left));
        return id;
    }
    std::uint32_t take_version(R& right, Timestamp time) {
        const std::uint32_t id = enter(std::as_const(key_of_right_), right);
        if (id == Base::Keys::none) return id;
        const bool deletes = std::invoke(std::as_const(is_deleted_), std::as_const(right));
        this->keys_[id].right.add(this->keys_.spare().right, time, this->order_, false, deletes ? std::nullopt : std::optional<R>(std::move(right)));
        return id;
    }
    template <typename KeyOf, typename T>
    std::uint32_t enter(const KeyOf& key_of, const T& value) {
        auto&& key = std::invoke(key_of, value);
        return Base::enter(key, hash_of_key(key));
    }
    void place_all(std::uint32_t id) {
        for (const auto& row : this->keys_[id].left.all()) this->keys_.wait(id, row.time, row.order, true);
        for (const auto& row : this->keys_[id].right.all()) this->keys_.wait(id, row.time, row.order, false);
    }
    /// An event is given; a version makes those before it be found no more.
    template <typename Next, typename Room>
    bool let_go(Entry& entry, const JoinPlace& place, Next& next, Room& room) {
        if (not place.is_left) {
            while (entry.right.size() > 1 && entry.right.all()[1].time <= place.at) drop_version(entry);
            return true;
        }
        if (not room()) return false;
        this->reach(place.at, next);
        give(entry.left.front(), entry.right.last_until(place.at), next);
        entry.left.pop_front(this->keys_.spare().left);
        --this->held_;
        return true;
    }
    void finish() {
        for (std::uint32_t id = 0; id < this->keys_.size(); ++id)
            while (not this->keys_[id].right.empty()) drop_version(this->keys_[id]);
    }
    void drop_version(Entry& entry) {
        this->unmatched_ += not entry.right.front().matched;
        entry.right.pop_front(this->keys_.spare().right);
        --this->held_;
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
struct TemporalJoinOp : WithTable<TemporalJoining, type, KeyOfLeft, KeyOfRight, Deleted, Fn> {
    using kind = OperatorKind;
    static constexpr std::string_view name = "temporal_join";
    template <typename S>
    using assigned = std::pair<typename S::value::left_type, typename S::value::right_type>;

    void say_memory(auto& walk, const auto&) const {
        walk.unbounded("not bounded: temporal_join keeps the events that the watermark has not reached, and the versions of rows that these may want");
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
///     counts them. Options {.max_keys, .at_max} bound the keys: of one too much it throws TooManyKeys, drops the event or version
///     (overflow), or evicts the key that got none for longest, with what it has (evicted). Nothing is allocated once as much has been
///     kept as ever will. example: tests/keyed/temporal_join.cpp
template <JoinType type = JoinType::inner, typename Stream, typename Versions, typename Fn>
[[nodiscard]] constexpr auto temporal_join(Stream&& stream, Versions&& versions, Fn fn, KeyedOptions options = {}) {
    static_assert(type == JoinType::inner || type == JoinType::left, "temporal_join<type>: versions are not given for themselves; type is inner or left.");
    return detail::join_with_table<detail::TemporalJoinOp, type, true>(std::forward<Stream>(stream), std::forward<Versions>(versions), std::move(fn), options);
}

} // namespace weir
