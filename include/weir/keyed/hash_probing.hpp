// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/hash_matching.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The end of the right side of a hash join: keeps what comes. Given: the values.
template <typename Join, typename Given>
class HashBuilding : public End {
    using R = typename Join::Right;
    using Keys = RunKeys<typename Join::KeyOfRight, R>;

public:
    static constexpr Hears hears{true, false, false, false, false, false};
    static constexpr bool takes_span = Keys::fits && std::is_same_v<Given, R>;

    explicit HashBuilding(std::shared_ptr<HashBuilt<Join>> built) : built_(std::move(built)) {}

    template <typename E>
    void on_event(E&& event) {
        if constexpr (std::is_same_v<value_t<E>, R>) keep(value_of(std::forward<E>(event)), time_of(event));
        else keep(R(value_of(std::forward<E>(event))), time_of(event));
    }
    template <typename E>
    void on_span(std::span<E> events) {
        if constexpr (not takes_span) {
            for (E& event : events) on_event(pass(event));
        } else {
            constexpr std::size_t most = TimedSpan<R>::most;
            for (std::size_t n = 0; not events.empty(); events = events.subspan(n)) {
                Keys keys(built_->key_of_right());
                std::uint64_t hashes[most];
                std::uint32_t guesses[most];
                const auto some = events.first(std::min(events.size(), most));
                const auto keep_them = [&] {
                    built_->rows().guess({hashes, n}, guesses);
                    const auto key = keys.again([some](std::size_t i) -> const R& { return value_of(some[i]); });
                    for (std::size_t i = 0; i < n; ++i, ++arrived_) built_->keep(value_of(pass(some[i])), time_of(some[i]), key(i), hashes[i], guesses[i]);
                };
                try {
                    for (n = 0; n < some.size(); ++n) hashes[n] = hash_of_key(keys.find(n, static_cast<const R&>(value_of(some[n]))));
                } catch (...) { // at the n-th key
                    keep_them();
                    throw;
                }
                keep_them();
            }
        }
    }
    void on_watermark(Timestamp t) noexcept { complete_ |= t == max_time; }
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t) const noexcept { return arrived_; }

private:
    template <typename V>
    void keep(V&& right, Timestamp time) {
        auto&& key = std::invoke(built_->key_of_right(), std::as_const(right));
        built_->keep(std::forward<V>(right), time, key, hash_of_key(key), no_row);
        ++arrived_;
    }

    std::shared_ptr<HashBuilt<Join>> built_;
    std::uint64_t arrived_ = 0;
    bool complete_ = false;
};

/// The running form of hash_join in the chain of its left side, which begins when the right one has been read.
///     Given: the values; Shares: others probe the same right side, and one beside them counts that.
template <typename Join, typename Fn, typename Given, bool Shares>
class HashProbing : public HashMatching<Join, Fn> {
    using Base = HashMatching<Join, Fn>;
    using L = typename Join::Left;
    static constexpr bool fits = RunKeys<typename Join::KeyOfLeft, L>::fits && std::is_same_v<Given, L>;

public:
    using kind = OperatorKind;
    using Base::Base;
    using Base::give_rest;

    template <typename E, typename Next>
    WEIR_INLINE void on_event(E&& event, Next& next) {
        this->settle(next);
        if constexpr (std::is_same_v<value_t<E>, L>) take(value_of(std::forward<E>(event)), time_of(event), next);
        else take(L(value_of(std::forward<E>(event))), time_of(event), next);
    }

    template <typename Next>
    static constexpr bool takes_span_before = fits;
    struct Again {};
    template <typename E, typename Next>
        requires(fits && not Next::bounded_room) // else event by event
    void on_span(std::span<E> events, Next& next) {
        Again none;
        static_cast<void>(on_part_of_span(events, next, none));
    }
    template <typename E, typename Next>
    std::size_t on_part_of_span(std::span<E> events, Next& next, Again&) {
        this->settle(next);
        return this->template take_run<TimedSpan<L>::most>(
            events.size(), [events](std::size_t i) -> decltype(auto) { return value_of(pass(events[i])); }, [events](std::size_t i) { return time_of(events[i]); },
            [this](std::size_t, const Next& to) { return this->has_room(to); }, next);
    }
    static constexpr bool takes_timed_span = fits && Join::timed;
    template <typename E, typename Next>
    std::size_t on_timed_span(const TimedSpan<E>& events, Next& next) {
        this->settle(next);
        const std::size_t taken = this->template take_run<TimedSpan<L>::most>(
            events.values.size(), [&events](std::size_t i) -> decltype(auto) { return value_of(pass(events.values[i])); },
            [&events](std::size_t i) { return events.times[i]; },
            [this, &events](std::size_t i, Next& to) {
                this->on_watermark(events.marks[i], to);
                return this->has_room(to);
            }, next);
        if (taken == events.values.size()) this->on_watermark(events.last, next);
        return taken;
    }

    void report(OperatorReport& row) const noexcept {
        this->count(row);
        if constexpr (not Shares) this->built().report(row);
    }

private:
    template <typename V, typename Next>
    WEIR_INLINE void take(V&& left, Timestamp time, Next& next) {
        auto&& key = std::invoke(std::as_const(this->key_of_left_), std::as_const(left));
        this->take_left(std::forward<V>(left), time, key, hash_of_key(key), next);
    }
};

} // namespace weir::detail
