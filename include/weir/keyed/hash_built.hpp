// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/event_block.hpp>
#include <weir/keyed/hash_rows.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/spilled_sides.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <tuple>
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

/// What a hash join is of.
///     Timed: the left rows have times, RightTimed: of both sides; LeftEnds: it is bounded.
template <JoinType Type, typename L, typename R, typename LeftKey, typename RightKey, bool Timed, bool RightTimed, bool LeftEnds>
struct HashJoinOf {
    static constexpr JoinType type = Type;
    static constexpr bool timed = Timed;
    static constexpr bool right_timed = RightTimed;
    static constexpr bool left_ends = LeftEnds;
    static constexpr bool only_looks = not is_pairing<type>; // whether there is a partner
    using Left = L;
    using Right = R;
    using KeyOfLeft = LeftKey;
    using KeyOfRight = RightKey;
    using Key = kept_key_t<KeyOfLeft, L>;
    using Arguments = JoinArguments<type, L, R>;
    using Kept = std::conditional_t<RightTimed, Event<R>, R>;
    using Rows = std::conditional_t<only_looks, HashKeys<Key>, HashRows<Key, Kept>>;
    using LeftRow = std::conditional_t<timed, Event<L>, L>; // in a file
    using RightRow = std::conditional_t<only_looks, CountedKey<Key>, Kept>;
    static constexpr bool spills = Spillable<LeftRow> && Spillable<RightRow>;
};

/// A number that one thread counts in and any look at.
class Tally {
public:
    Tally& operator=(std::uint64_t n) noexcept {
        n_.store(n, std::memory_order_relaxed);
        return *this;
    }
    Tally& operator+=(std::uint64_t n) noexcept { return *this = *this + n; }
    Tally& operator-=(std::uint64_t n) noexcept { return *this = *this - n; }
    Tally& operator++() noexcept { return *this += 1; }
    Tally& operator--() noexcept { return *this -= 1; }
    operator std::uint64_t() const noexcept { return n_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> n_{0};
};

/// The right side of a hash join, as it was read. Then any number of threads may look for rows; at the end one has what is left.
///     More than the memory there is goes into files, and then the left side, too; at the end they are joined part by part.
template <typename Join>
class HashBuilt {
    using L = typename Join::Left;
    using R = typename Join::Right;
    using Kept = typename Join::Kept;
    using LeftRow = typename Join::LeftRow;
    using RightRow = typename Join::RightRow;
    using Found = typename Join::Rows::Found;
    static constexpr bool only_looks = Join::only_looks;
    static constexpr bool spills = Join::spills;

public:
    /// share: of the memory of the job; without one there is no limit.
    HashBuilt(typename Join::KeyOfLeft key_of_left, typename Join::KeyOfRight key_of_right, [[maybe_unused]] std::optional<MemoryBudget::Share> share)
        : key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)) {
        if constexpr (spills) spill_.share = share;
    }

    /// Of the join in the Report, where copies of it share this.
    std::optional<std::uint32_t> shared_row{};

    [[nodiscard]] typename Join::Rows& rows() noexcept { return rows_; }
    [[nodiscard]] const auto& key_of_right() const noexcept { return key_of_right_; }
    [[nodiscard]] bool is_spilled() const noexcept {
        if constexpr (spills) return spill_.sides != nullptr;
        else return false;
    }

    template <typename V, typename K>
    WEIR_INLINE void keep(V&& right, [[maybe_unused]] Timestamp time, const K& key, std::uint64_t hash, std::uint32_t guessed) {
        [[maybe_unused]] const auto kept = [&]() -> Kept {
            if constexpr (Join::right_timed) return Kept{std::forward<V>(right), time};
            else return std::forward<V>(right);
        };
        if (not Join::Arguments::keeps_right && has_no_value(key)) {
            ++unmatched_;
            ++came_;
            return;
        }
        if (is_spilled()) [[unlikely]] {
            if constexpr (spills) {
                if constexpr (only_looks) spill_.sides->put_right(hash, RightRow{kept_key<typename Join::Key>(key), 1});
                else spill_.sides->put_right(hash, kept());
                look_at_files();
            }
        } else {
            if constexpr (only_looks) rows_.add(key, hash, guessed);
            else if (has_no_value(key)) rows_.add_without_key(kept);
            else rows_.add(key, hash, guessed, kept);
            if constexpr (spills)
                if (++spill_.coming == most_between) leave_if_full();
        }
        ++held_;
        ++came_;
    }
    /// A row of the left side, where the right one has gone into files. False: its key has no partner for certain.
    template <typename V, typename K>
    [[gnu::noinline]] bool put_left(V&& left, [[maybe_unused]] Timestamp time, const K& key, std::uint64_t hash) {
        if (has_no_value(key) && not Join::Arguments::keeps_left && Join::type != JoinType::anti) return false;
        if constexpr (spills) {
            if (not std::exchange(spill_.left_came, true)) spill_.sides->end_right();
            if constexpr (Join::timed) spill_.sides->put_left(hash, LeftRow{std::forward<V>(left), time});
            else spill_.sides->put_left(hash, left);
            look_at_files();
        }
        ++held_;
        return true;
    }

    /// What is left when all of the left side has come: its rows in files, each by match(left, time, what was found for its key), which
    /// says whether it gave all of its partners, and by give(row) what nothing looked at, or that is counted. False: there was no room(), and it is to be
    /// called again; nothing more is given once done().
    template <typename Room, typename Done, typename Match, typename Give>
    bool finish(const Room& room, const Done& done, const Match& match, const Give& give) {
        if constexpr (spills) {
            if (spill_.sides) {
                if (not std::exchange(spill_.begun, true)) spill_.sides->begin();
                while (not done() && (spill_.part || next_part())) {
                    if (not join_part(room, done, match, give)) return false;
                    spill_.part.reset();
                }
                spill_.bytes = spill_.sides->bytes();
                spill_.sides = nullptr;
                held_ = 0;
                return true;
            }
        }
        if (not finish_rows(room, done, give)) return false;
        held_ = 0;
        return true;
    }

    /// Its part of the counts of a join that has read it.
    void report(OperatorReport& row) const noexcept {
        row.in += came_;
        count(row);
    }
    /// The same where they have come through the operator, as events of both sides.
    void count(OperatorReport& row) const noexcept {
        row.held += held_;
        row.dropped(Drop::unmatched) += unmatched_;
        row.dropped(Drop::filtered) += filtered_;
        if constexpr (spills) row.spilled = spill_.bytes;
    }
    void save(StateWriter& to) const {
        rows_.save(to);
        to.put<std::uint64_t>(held_);
        to.put<std::uint64_t>(unmatched_);
        to.put<std::uint64_t>(filtered_);
        if constexpr (spills) {
            to.put(spill_.sides != nullptr);
            if (spill_.sides) spill_.sides->save(to);
        }
    }
    void load(StateReader& from) {
        rows_.load(from);
        held_ = from.get<std::uint64_t>();
        unmatched_ = from.get<std::uint64_t>();
        filtered_ = from.get<std::uint64_t>();
        if constexpr (spills)
            if (from.get<bool>()) {
                sides().load(from, hash_of_left(), hash_of_right());
                spill_.bytes = spill_.sides->bytes();
            }
    }

private:
    struct Nothing {};
    struct Spilling {
        std::optional<MemoryBudget::Share> share;
        std::size_t coming = 0; // rows since it was looked whether they fit
        std::unique_ptr<SpilledSides<LeftRow, RightRow>> sides;
        Tally bytes; // written
        bool left_came = false;
        bool begun = false; // all have come,
        std::optional<typename SpilledSides<LeftRow, RightRow>::Part> part; // and this is joined,
        std::optional<typename Spill<LeftRow>::Reader> reader;              // with what is left of its left side
    };
    static constexpr std::size_t most_between = 64;

    auto& sides() {
        if (not spill_.sides) spill_.sides = std::make_unique<SpilledSides<LeftRow, RightRow>>(*spill_.share);
        return *spill_.sides;
    }
    void look_at_files() {
        if (++spill_.coming < most_between) return;
        spill_.coming = 0;
        spill_.bytes = spill_.sides->bytes();
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
        if constexpr (not Join::left_ends) {
            throw std::runtime_error("hash_join: the right side does not fit into the memory of the job, and as the left side has no end they cannot be "
                                     "joined part by part. Give it more: RunOptions::memory");
        } else {
            auto& to = sides();
            if constexpr (only_looks) {
                rows_.for_each([&](const auto& key, std::uint64_t n) { to.put_right(hash_of_key(key), RightRow{key, n}); });
            } else {
                for (HashCursor at; not rows_.at_end(at); rows_.step(at)) to.put_right(hash_of_right()(rows_.row(at)), rows_.row(at));
            }
            rows_.clear();
            spill_.bytes = to.bytes();
        }
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
    template <typename Room, typename Done, typename Match, typename Give>
    bool join_part(const Room& room, const Done& done, const Match& match, const Give& give) {
        while (spill_.reader) {
            if (done()) {
                spill_.reader.reset();
                rows_.clear();
                return true;
            }
            if (not room()) return false;
            auto row = spill_.reader->next();
            if (not row) {
                spill_.reader.reset();
                break;
            }
            --held_;
            auto&& key = std::invoke(std::as_const(key_of_left_), std::as_const(value_of(*row)));
            if (not match(value_of(*row), time_of(*row), has_no_value(key) ? Found(nullptr) : rows_.finder()(key, hash_of_key(key)))) return false;
        }
        return finish_rows(room, done, give);
    }
    template <typename Room, typename Done, typename Give>
    bool finish_rows([[maybe_unused]] const Room& room, [[maybe_unused]] const Done& done, [[maybe_unused]] const Give& give) {
        if constexpr (only_looks) {
            const std::uint64_t alone = rows_.unmatched();
            unmatched_ += alone;
            if (Join::type == JoinType::anti) filtered_ += rows_.size() - alone;
            held_ -= rows_.size();
        } else {
            for (; not rows_.at_end(at_); rows_.step(at_), --held_) {
                if (rows_.is_matched(at_)) continue;
                if constexpr (Join::Arguments::keeps_right) {
                    if (done()) break;
                    if (not room()) return false;
                    give(rows_.row(at_));
                } else {
                    ++unmatched_;
                }
            }
            at_ = {};
        }
        rows_.clear();
        return true;
    }

    WEIR_NO_UNIQUE_ADDRESS typename Join::KeyOfLeft key_of_left_;
    WEIR_NO_UNIQUE_ADDRESS typename Join::KeyOfRight key_of_right_;
    typename Join::Rows rows_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<only_looks, Nothing, HashCursor> at_{};
    Tally came_;
    Tally held_;
    Tally unmatched_;
    Tally filtered_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<spills, Spilling, Nothing> spill_{};
};

} // namespace weir::detail
