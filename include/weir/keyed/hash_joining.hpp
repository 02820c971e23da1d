// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/event_block.hpp>
#include <weir/keyed/hash_rows.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/spilled_sides.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A key that equals none, not even itself, as in SQL: an optional that is empty, or one with such a part.
template <typename K>
[[nodiscard]] constexpr bool has_no_value(const K& key) {
    if constexpr (is_hashed_optional<K>) return not key.has_value() || has_no_value(*key);
    else if constexpr (is_hashed_tuple<K>) return std::apply([](const auto&... parts) { return (has_no_value(parts) || ...); }, key);
    else return false;
}

/// The running form of hash_join. All of the right side has come before the first of the left.
///     A right side that takes more than the memory there is goes into files, and then the left one too; at the end they are joined part by part.
///     RightTimed: rows of both sides have times; LeftEnds: it is bounded.
template <typename Both, typename Key, typename KeyOfLeft, typename KeyOfRight, JoinType type, bool RightTimed, bool LeftEnds, typename Fn>
class HashJoining {
    using Sides = value_t<Both>;
    using L = typename Sides::left_type;
    using R = typename Sides::right_type;
    using Arguments = JoinArguments<type, L, R>;
    static constexpr bool timed = is_timed<Both>;
    static constexpr bool only_looks = not is_pairing<type>; // whether there is a partner
    using Kept = std::conditional_t<RightTimed, Event<R>, R>;
    using Rows = std::conditional_t<only_looks, HashKeys<Key>, HashRows<Key, Kept>>;
    using LeftRow = std::conditional_t<timed, Event<L>, L>; // in a file
    using RightRow = std::conditional_t<only_looks, CountedKey<Key>, Kept>;
    static constexpr bool spills = Spillable<LeftRow> && Spillable<RightRow>;

public:
    using kind = OperatorKind;

    /// share: of the memory of the job; without one there is no limit.
    HashJoining(KeyOfLeft key_of_left, KeyOfRight key_of_right, Fn fn, [[maybe_unused]] std::optional<MemoryBudget::Share> share)
        : key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)), fn_(std::move(fn)) {
        if constexpr (spills) spill_.share = share;
    }

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (waits_) static_cast<void>(go_on<false>(next)); // an operator before this gave more than there is room for
        const Timestamp time = time_of(event);
        if (L* const left = value_of(event).left()) {
            auto&& key = std::invoke(std::as_const(key_of_left_), std::as_const(*left));
            take_left(*left, time, key, hash_of_key(key), no_row, next);
        } else {
            R& right = *value_of(event).right();
            auto&& key = std::invoke(std::as_const(key_of_right_), std::as_const(right));
            keep(right, time, key, hash_of_key(key), no_row);
        }
    }

    /// Events of one side at once.
    static constexpr bool takes_merged_span = RunKeys<KeyOfLeft, L>::fits && RunKeys<KeyOfRight, R>::fits;
    template <typename Next>
    std::size_t on_merged_span(const MergedSpan<Both>& span, Next& next) {
        if (waits_) static_cast<void>(go_on<false>(next));
        return value_of(span.events.front().event).is_left() ? take_run<true>(span, key_of_left_, next) : take_run<false>(span, key_of_right_, next);
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return left_ == 0 ? 1 : left_; }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t <= mark_) return;
        mark_ = t;
        if (not waits_) waits_ = not go_on<Next::bounded_room>(next);
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // nothing is late here, nor behind this
    template <typename Next>
    void on_end(Next& next) {
        if (waits_) ended_ = true;
        else next.on_end();
    }
    template <typename Next>
    bool resume(Next& next) {
        if (waits_) waits_ = not go_on<true>(next);
        return not waits_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return waits_ ? 0 : next.room(); }

    void report(OperatorReport& row) const noexcept {
        row.held = held_;
        row.dropped(Drop::unmatched) = unmatched_;
        row.dropped(Drop::filtered) = filtered_;
        if constexpr (spills)
            row.spilled = spill_.sides ? spill_.sides->bytes() : spill_.bytes;
    }
    // No barrier passes while it waits.
    void save(StateWriter& to) const {
        rows_.save(to);
        to.put(mark_);
        to.put(sent_);
        to.put(held_);
        to.put(unmatched_);
        to.put(filtered_);
        if constexpr (spills) {
            to.put(spill_.sides != nullptr);
            if (spill_.sides) spill_.sides->save(to);
        }
    }
    void load(StateReader& from) {
        rows_.load(from);
        from.get(mark_);
        from.get(sent_);
        from.get(held_);
        from.get(unmatched_);
        from.get(filtered_);
        if constexpr (spills)
            if (from.get<bool>()) sides().load(from, hash_of_left(), hash_of_right());
    }

private:
    struct Nothing {};
    /// A row of the left side that has more partners than there is room for.
    struct Partly {
        L left;
        Timestamp time;
        std::uint32_t at; // of the next partner
    };

    template <bool IsLeft, typename KeyOf, typename Next>
    std::size_t take_run(const MergedSpan<Both>& span, const KeyOf& key_of, Next& next) {
        using T = std::conditional_t<IsLeft, L, R>;
        constexpr std::size_t most = TimedSpan<T>::most;
        std::size_t taken = 0;
        left_ = span.events.size();
        while (left_ != 0) {
            const auto events = span.events.subspan(taken, std::min(left_, most));
            const auto value = [events](std::size_t i) -> T& {
                if constexpr (IsLeft) return *value_of(events[i].event).left();
                else return *value_of(events[i].event).right();
            };
            RunKeys<KeyOf, T> keys(key_of);
            std::uint64_t hashes[most];
            std::uint32_t guesses[most];
            std::size_t n = 0;
            const auto take_them = [&] {
                rows_.guess({hashes, n}, guesses);
                const auto key = keys.again([value](std::size_t i) -> const T& { return value(i); });
                for (std::size_t i = 0; i < n; ++i, ++taken, --left_) {
                    if constexpr (timed) on_watermark(std::min(events[i].mark, span.others), next);
                    if constexpr (Next::bounded_room)
                        if (room(next) == 0) return false;
                    const Timestamp time = time_of(events[i].event);
                    if constexpr (IsLeft) take_left(value(i), time, key(i), hashes[i], guesses[i], next);
                    else keep(value(i), time, key(i), hashes[i], guesses[i]);
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
        left_ = 0;
        return taken;
    }

    /// guessed: of its key's number, or no_row.
    template <typename K>
    void keep(R& right, [[maybe_unused]] Timestamp time, const K& key, std::uint64_t hash, std::uint32_t guessed) {
        const auto kept = [&]() -> Kept {
            if constexpr (RightTimed) return {std::move(right), time};
            else return std::move(right);
        };
        if (not Arguments::keeps_right && has_no_value(key)) {
            ++unmatched_;
            return;
        }
        ++held_;
        if constexpr (spills) {
            if (spill_.sides) [[unlikely]] {
                if constexpr (only_looks) spill_.sides->put_right(hash, RightRow{Key(key), 1});
                else spill_.sides->put_right(hash, kept());
                return;
            }
        }
        if constexpr (only_looks) rows_.add(key, hash, guessed);
        else if (has_no_value(key)) rows_.add_without_key(kept);
        else rows_.add(key, hash, guessed, kept);
        if constexpr (spills)
            if (++spill_.coming == most_between) leave_if_full();
    }

    template <typename K, typename Next>
    WEIR_INLINE void take_left(L& left, Timestamp time, const K& key, std::uint64_t hash, std::uint32_t guessed, Next& next) {
        if constexpr (spills)
            if (spill_.sides) [[unlikely]] return put_left(left, time, key, hash);
        match(left, time, has_no_value(key) ? no_row : rows_.find(key, hash, guessed), next);
    }

    /// key: the number of its key, or no_row.
    template <typename Next>
    WEIR_INLINE void match(L& left, Timestamp time, std::uint32_t key, Next& next) {
        if (key != no_row) rows_.match(key);
        if constexpr (only_looks) {
            if ((key != no_row) == (type == JoinType::semi)) pass_on(std::move(left), time, next);
            else ++(type == JoinType::semi ? unmatched_ : filtered_);
        } else if (key != no_row) {
            give(&left, &rows_.first(key), time, next);
            if (const std::uint32_t more = rows_.second(key); more != no_row) [[unlikely]] give_more(left, time, more, next);
        } else if constexpr (Arguments::keeps_left) {
            give(&left, nullptr, time, next);
        } else {
            ++unmatched_;
        }
    }
    /// Gives it with its partners from `at` on, and keeps it if there is no room for all of them.
    template <typename Next>
    void give_more(L& left, Timestamp time, std::uint32_t at, Next& next) {
        if (not give_partners<Next::bounded_room>(left, time, at, next)) {
            partly_.emplace(std::move(left), time, at);
            waits_ = true;
        }
    }
    template <bool Asks, typename Next>
    bool give_partners(const L& left, Timestamp time, std::uint32_t& at, Next& next) {
        if constexpr (not only_looks) {
            for (; at != no_row; at = rows_.behind(at)) {
                if constexpr (Next::can_finish || Next::bounded_room)
                    if (next.done()) return true;
                if constexpr (Asks)
                    if (next.room() == 0) return false;
                give(&left, &rows_.later(at), time, next);
            }
        }
        return true;
    }

    /// Goes on where there was no room; false where there is none again.
    template <bool Asks, typename Next>
    bool go_on(Next& next) {
        if (partly_) {
            if (not give_partners<Asks>(partly_->left, partly_->time, partly_->at, next)) return false;
            partly_.reset();
        }
        if (mark_ > sent_) {
            if (mark_ == max_time) {
                if (not finish_all<Asks>(next)) return false;
                held_ = 0;
            }
            sent_ = mark_;
            if ((not Arguments::keeps_right && not is_spilled()) || sent_ == max_time) next.on_watermark(sent_);
        }
        waits_ = false;
        if (std::exchange(ended_, false)) next.on_end();
        return true;
    }
    template <bool Asks, typename Next>
    bool finish_all(Next& next) {
        if constexpr (spills) {
            if (spill_.sides) {
                if (not std::exchange(spill_.begun, true)) spill_.sides->begin();
                while (not is_done(next) && (spill_.part || next_part())) {
                    if (not join_part<Asks>(next)) return false;
                    spill_.part.reset();
                }
                spill_.bytes = spill_.sides->bytes();
                spill_.sides = nullptr;
                return true;
            }
        }
        return finish<Asks>(next);
    }
    /// What no row of the left side looked at is given, or counted.
    template <bool Asks, typename Next>
    bool finish(Next& next) {
        if constexpr (only_looks) {
            const std::uint64_t alone = rows_.unmatched();
            unmatched_ += alone;
            if (type == JoinType::anti) filtered_ += rows_.size() - alone;
            held_ -= rows_.size();
        } else {
            for (; not rows_.at_end(at_); rows_.step(at_), --held_) {
                if (rows_.is_matched(at_)) continue;
                if constexpr (Arguments::keeps_right) {
                    if constexpr (Next::can_finish || Next::bounded_room)
                        if (next.done()) break;
                    if constexpr (Asks)
                        if (next.room() == 0) return false;
                    give(nullptr, &rows_.row(at_), min_time, next);
                } else {
                    ++unmatched_;
                }
            }
        }
        rows_.clear();
        at_ = {};
        return true;
    }

    struct Spilling {
        std::optional<MemoryBudget::Share> share;
        std::size_t coming = 0; // rows since it was looked whether they fit
        std::unique_ptr<SpilledSides<LeftRow, RightRow>> sides;
        std::uint64_t bytes = 0; // written, when it has been joined
        bool left_came = false;
        bool begun = false; // all have come,
        std::optional<typename SpilledSides<LeftRow, RightRow>::Part> part; // and this is joined,
        std::optional<typename Spill<LeftRow>::Reader> reader;              // with what is left of its left side
    };
    static constexpr std::size_t most_between = 64;

    [[nodiscard]] bool is_spilled() const noexcept {
        if constexpr (spills) return spill_.sides != nullptr;
        else return false;
    }
    auto& sides() {
        if (not spill_.sides) spill_.sides = std::make_unique<SpilledSides<LeftRow, RightRow>>(*spill_.share);
        return *spill_.sides;
    }
    [[nodiscard]] auto hash_of_left() const {
        return [this](const LeftRow& row) { return hash_of_key(std::invoke(key_of_left_, value_of(row))); };
    }
    [[nodiscard]] auto hash_of_right() const {
        if constexpr (only_looks) return [](const RightRow& row) { return hash_of_key(row.key); };
        else return [this](const RightRow& row) { return hash_of_key(std::invoke(key_of_right_, value_of(row))); };
    }
    [[nodiscard]] bool is_too_much() const noexcept { return rows_.bytes_with(most_between) > at_least_some(*spill_.share) / 4 * 3; }
    [[gnu::noinline]] void leave_if_full() {
        spill_.coming = 0;
        if (not spill_.share || not is_too_much()) return;
        if constexpr (not LeftEnds) {
            throw std::runtime_error("hash_join: the right side does not fit into the memory of the job, and as the left side has no end they cannot be "
                                     "joined part by part. Give it more: RunOptions::memory");
        } else {
            auto& to = sides();
            if constexpr (only_looks) {
                rows_.for_each([&](const Key& key, std::uint64_t n) { to.put_right(hash_of_key(key), RightRow{key, n}); });
            } else {
                for (HashCursor at; not rows_.at_end(at); rows_.step(at)) to.put_right(hash_of_right()(rows_.row(at)), rows_.row(at));
            }
            rows_.clear();
        }
    }
    template <typename K>
    [[gnu::noinline]] void put_left(L& left, [[maybe_unused]] Timestamp time, const K& key, std::uint64_t hash) {
        if (has_no_value(key) && not Arguments::keeps_left && type != JoinType::anti) {
            ++unmatched_;
            return;
        }
        if (not std::exchange(spill_.left_came, true)) spill_.sides->end_right();
        if constexpr (timed) spill_.sides->put_left(hash, LeftRow{std::move(left), time});
        else spill_.sides->put_left(hash, left);
        ++held_;
    }
    /// Reads the right side of the next part that fits; false: there is none any more.
    bool next_part() {
        while (not spill_.sides->at_end()) {
            auto part = spill_.sides->next();
            if (not load_right(part)) {
                rows_.clear();
                spill_.sides->split(std::move(part), hash_of_left(), hash_of_right());
                continue;
            }
            spill_.part.emplace(std::move(part));
            if (spill_.part->left) spill_.reader.emplace(*spill_.part->left);
            return true;
        }
        return false;
    }
    template <typename Part>
    bool load_right(const Part& part) {
        if (not part.right) return true;
        auto reader = part.right->read();
        std::size_t n = 0;
        while (auto row = reader.next()) {
            if constexpr (only_looks) {
                rows_.add(row->key, hash_of_key(row->key), no_row, row->n);
            } else {
                auto&& key = std::invoke(std::as_const(key_of_right_), std::as_const(value_of(*row)));
                const auto kept = [&row]() -> Kept { return std::move(*row); };
                if (has_no_value(key)) rows_.add_without_key(kept);
                else rows_.add(key, hash_of_key(key), no_row, kept);
            }
            if (++n % most_between == 0 && rows_.keys() > 1 && not part.is_smallest() && is_too_much()) return false; // of one key it gets no smaller
        }
        return true;
    }
    template <typename Next>
    [[nodiscard]] static bool is_done(const Next& next) {
        if constexpr (Next::can_finish || Next::bounded_room) return next.done();
        else return false;
    }
    template <bool Asks, typename Next>
    bool join_part(Next& next) {
        while (spill_.reader) {
            if (is_done(next)) {
                spill_.reader.reset();
                rows_.clear();
                return true;
            }
            if constexpr (Asks)
                if (next.room() == 0) return false;
            auto row = spill_.reader->next();
            if (not row) {
                spill_.reader.reset();
                break;
            }
            --held_;
            auto&& key = std::invoke(std::as_const(key_of_left_), std::as_const(value_of(*row)));
            match(value_of(*row), time_of(*row), has_no_value(key) ? no_row : rows_.find(key, hash_of_key(key)), next);
            if (partly_) return false;
        }
        return finish<Asks>(next);
    }

    template <typename Next>
    WEIR_INLINE void give(const L* left, const Kept* right, Timestamp time, Next& next) {
        using T = typename Arguments::template result<Fn>;
        const R* const value = right != nullptr ? &value_of(*right) : nullptr;
        if constexpr (RightTimed)
            if (right != nullptr) time = std::max(time, right->time);
        if constexpr (timed) next.on_event(Event<T>{Arguments::call(fn_, left, value), time});
        else next.on_event(T(Arguments::call(fn_, left, value)));
    }
    template <typename Next>
    static void pass_on(L&& left, Timestamp time, Next& next) {
        if constexpr (timed) next.on_event(Event<L>{std::move(left), time});
        else next.on_event(std::move(left));
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left_;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    Rows rows_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<only_looks, Nothing, HashCursor> at_{};
    std::optional<Partly> partly_;
    Timestamp mark_ = min_time;
    Timestamp sent_ = min_time;
    std::uint64_t held_ = 0;
    std::uint64_t unmatched_ = 0;
    std::uint64_t filtered_ = 0;
    std::size_t left_ = 0; // of a span
    bool waits_ = false;
    bool ended_ = false; // behind what is still to be given
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<spills, Spilling, Nothing> spill_{};
};

} // namespace weir::detail
