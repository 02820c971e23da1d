// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/hash_built.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What a hash join gives for rows of the left side, when all of the right one has been read. Its running forms are made of this.
template <typename Join, typename Fn>
class HashMatching {
    using L = typename Join::Left;
    using R = typename Join::Right;
    using Kept = typename Join::Kept;
    using Arguments = typename Join::Arguments;
    using Found = typename Join::Rows::Found;
    static constexpr bool timed = Join::timed;
    static constexpr bool only_looks = Join::only_looks;

public:
    HashMatching(typename Join::KeyOfLeft key_of_left, Fn fn, std::shared_ptr<HashBuilt<Join>> built)
        : key_of_left_(std::move(key_of_left)), fn_(std::move(fn)), built_(std::move(built)) {}

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t <= mark_) return;
        mark_ = t;
        idle_ = false;
        if (not waits_) waits_ = not go_on(next);
    }
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) {
        if (Arguments::keeps_right || built_->is_spilled()) return; // more is still to come
        idle_ = waits_;
        if (not waits_) next.on_idle();
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
        if (waits_) waits_ = not go_on(next);
        return not waits_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return waits_ ? 0 : next.room(); }
    [[nodiscard]] std::size_t unfinished() const noexcept { return left_ == 0 ? 1 : left_; }

    // No barrier passes while it waits.
    void save(StateWriter& to) const {
        built_->save(to);
        to.put(mark_);
        to.put(sent_);
        to.put(unmatched_);
        to.put(filtered_);
    }
    void load(StateReader& from) {
        built_->load(from);
        from.get(mark_);
        from.get(sent_);
        from.get(unmatched_);
        from.get(filtered_);
    }

protected:
    /// An operator before this gave more than there is room for.
    template <typename Next>
    void settle(Next& next) {
        if (waits_) static_cast<void>(go_on<false>(next));
    }
    void count(OperatorReport& row) const noexcept {
        row.dropped(Drop::unmatched) += unmatched_;
        row.dropped(Drop::filtered) += filtered_;
    }

    template <typename V, typename K, typename Next>
    WEIR_INLINE void take_left(V&& left, Timestamp time, const K& key, std::uint64_t hash, Next& next) {
        if (built_->is_spilled()) put_left(std::forward<V>(left), time, key, hash);
        else match(std::forward<V>(left), time, has_no_value(key) ? Found(nullptr) : built_->rows().finder()(key, hash), next);
    }

    /// n rows of the left side: value(i), time(i); before(i, next): whether there is room for the i-th. Gives how many it took.
    template <std::size_t most, typename Value, typename Time, typename Before, typename Next>
    std::size_t take_run(std::size_t n, Value value, Time time, Before before, Next& next) {
        std::size_t taken = 0;
        left_ = n;
        while (left_ != 0) {
            const std::size_t some = std::min(left_, most);
            RunKeys<typename Join::KeyOfLeft, L> keys(key_of_left_);
            std::uint64_t hashes[most];
            std::uint32_t guesses[most];
            std::size_t known = 0;
            const auto take_them = [&] {
                built_->rows().guess({hashes, known}, guesses);
                const auto finder = built_->rows().finder();
                const bool is_spilled = built_->is_spilled();
                const std::size_t first = taken;
                const auto key = keys.again([value, first](std::size_t i) -> const L& { return value(first + i); });
                Progress at{taken, left_};
                const auto value_of_run = value; // here, and not where what follows might change it
                for (; at.now < known; ++at.now) {
                    const std::size_t i = at.now;
                    if (not before(first + i, next)) return false;
                    auto&& left = static_cast<decltype(value(0))>(value_of_run(first + i));
                    if (is_spilled) [[unlikely]] put_left(std::forward<decltype(left)>(left), time(first + i), key(i), hashes[i]);
                    else match(std::forward<decltype(left)>(left), time(first + i), has_no_value(key(i)) ? Found(nullptr) : finder(key(i), hashes[i], guesses[i]), next);
                }
                return true;
            };
            try {
                for (; known < some; ++known) hashes[known] = hash_of_key(keys.find(known, static_cast<const L&>(value(taken + known))));
            } catch (...) { // at the next key
                take_them();
                throw;
            }
            if (not take_them()) break;
        }
        left_ = 0;
        return taken;
    }

    template <typename Next>
    [[nodiscard]] bool has_room(const Next& next) const {
        if constexpr (Next::bounded_room) return room(next) != 0;
        else return true;
    }

    /// Gives a part of what is left when all of the left side has come: of so many rows at most, as far as there is room. True: that was all.
    template <typename Next>
    bool give_rest(std::size_t most, Next& next) {
        return built_->finish([this, &most, &next] { return most-- != 0 && has_room(next); }, [] { return false; }, matching(next), giving(next));
    }

    WEIR_NO_UNIQUE_ADDRESS typename Join::KeyOfLeft key_of_left_;
    std::size_t left_ = 0; // of a span

private:
    /// A row of the left side that has more partners than there is room for.
    struct Partly {
        L left;
        Timestamp time;
        std::uint32_t at; // of the next partner
    };

    struct Progress { // counts at its end, also when something throws
        std::size_t& taken;
        std::size_t& left;
        std::size_t now = 0;
        ~Progress() {
            taken += now;
            left -= now;
        }
    };

    template <typename V, typename K>
    void put_left(V&& left, Timestamp time, const K& key, std::uint64_t hash) {
        if (not built_->put_left(std::forward<V>(left), time, key, hash)) ++unmatched_;
    }
    /// found: for its key.
    template <typename V, typename Next>
    WEIR_INLINE void match(V&& left, Timestamp time, Found found, Next& next) {
        if constexpr (only_looks) {
            if (found) static_cast<void>(found.look());
            if (static_cast<bool>(found) == (Join::type == JoinType::semi)) pass_on(std::forward<V>(left), time, next);
            else ++(Join::type == JoinType::semi ? unmatched_ : filtered_);
        } else if (found) [[likely]] {
            const std::uint32_t more = found.look();
            give(&left, &found.row(), time, next);
            if (more != no_row) [[unlikely]] give_more(std::forward<V>(left), time, more, next);
        } else if constexpr (Arguments::keeps_left) {
            give(&left, nullptr, time, next);
        } else {
            ++unmatched_;
        }
    }
    /// Gives it with its partners from `at` on, and keeps it if there is no room for all of them.
    template <typename V, typename Next>
    [[gnu::noinline]] void give_more(V&& left, Timestamp time, std::uint32_t at, Next& next) {
        if (not give_partners<Next::bounded_room>(left, time, at, next)) {
            partly_.emplace(std::forward<V>(left), time, at);
            waits_ = true;
        }
    }
    template <bool Asks, typename Next>
    bool give_partners(const L& left, Timestamp time, std::uint32_t& at, Next& next) {
        if constexpr (not only_looks) {
            for (; at != no_row; at = built_->rows().behind(at)) {
                if (is_done(next)) return true;
                if constexpr (Asks)
                    if (next.room() == 0) return false;
                give(&left, &built_->rows().later(at), time, next);
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
            const auto room = [&next] {
                if constexpr (Asks) return next.room() != 0;
                else return static_cast<void>(next), true;
            };
            if (mark_ == max_time && not built_->finish(room, [&next] { return is_done(next); }, matching(next), giving(next))) return false;
            sent_ = mark_;
            if ((not Arguments::keeps_right && not built_->is_spilled()) || sent_ == max_time) next.on_watermark(sent_);
        }
        waits_ = false;
        if constexpr (hears_of<Next>().idle)
            if (std::exchange(idle_, false)) next.on_idle();
        if (std::exchange(ended_, false)) next.on_end();
        return true;
    }
    template <typename Next>
    bool go_on(Next& next) { return go_on<Next::bounded_room>(next); }

    /// What joins a row that comes from a file: false where it has partners that there was no room for.
    template <typename Next>
    [[nodiscard]] auto matching(Next& next) {
        return [this, &next](L& left, Timestamp time, Found found) {
            match(std::move(left), time, found, next);
            return not partly_;
        };
    }
    template <typename Next>
    [[nodiscard]] auto giving(Next& next) {
        return [this, &next](const auto& row) {
            if constexpr (Arguments::keeps_right) this->give(nullptr, &row, min_time, next);
            else static_cast<void>(this), static_cast<void>(next), static_cast<void>(row);
        };
    }
    template <typename Next>
    [[nodiscard]] static bool is_done(const Next& next) {
        if constexpr (Next::can_finish || Next::bounded_room) return next.done();
        else return false;
    }

    template <typename Next>
    WEIR_INLINE void give(const L* left, const Kept* right, Timestamp time, Next& next) {
        using T = typename Arguments::template result<Fn>;
        const R* const value = right != nullptr ? &value_of(*right) : nullptr;
        if constexpr (Join::right_timed)
            if (right != nullptr) time = std::max(time, right->time);
        if constexpr (timed) next.on_event(Event<T>{Arguments::call(fn_, left, value), time});
        else next.on_event(T(Arguments::call(fn_, left, value)));
    }
    template <typename V, typename Next>
    static void pass_on(V&& left, Timestamp time, Next& next) {
        if constexpr (timed) next.on_event(Event<L>{std::forward<V>(left), time});
        else next.on_event(L(std::forward<V>(left)));
    }

    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    std::shared_ptr<HashBuilt<Join>> built_;
    std::optional<Partly> partly_;
    Timestamp mark_ = min_time;
    Timestamp sent_ = min_time;
    std::uint64_t unmatched_ = 0;
    std::uint64_t filtered_ = 0;
    bool waits_ = false;
    bool idle_ = false;
    bool ended_ = false; // behind what is still to be given

protected:
    [[nodiscard]] HashBuilt<Join>& built() const noexcept { return *built_; }
};

} // namespace weir::detail
