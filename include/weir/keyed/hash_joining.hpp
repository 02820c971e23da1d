// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/hash_matching.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The running form of hash_join where both sides come to it: in jobs that are saved, and inside merge and other joins. All of the right side comes before the first of the
/// left.
///     Both: their events.
template <typename Both, typename Join, typename Fn>
class HashJoining : public HashMatching<Join, Fn> {
    using Base = HashMatching<Join, Fn>;
    using L = typename Join::Left;
    using R = typename Join::Right;

public:
    using kind = OperatorKind;
    using Base::Base;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        this->settle(next);
        const Timestamp time = time_of(event);
        if (L* const left = value_of(event).left()) {
            auto&& key = std::invoke(std::as_const(this->key_of_left_), std::as_const(*left));
            this->take_left(std::move(*left), time, key, hash_of_key(key), next);
        } else {
            R& right = *value_of(event).right();
            auto&& key = std::invoke(this->built().key_of_right(), std::as_const(right));
            this->built().keep(std::move(right), time, key, hash_of_key(key), no_row);
        }
    }

    /// Events of one side at once.
    static constexpr bool takes_merged_span = RunKeys<typename Join::KeyOfLeft, L>::fits;
    template <typename Next>
    std::size_t on_merged_span(const MergedSpan<Both>& span, Next& next) {
        this->settle(next);
        const auto events = span.events;
        const auto before = [&](std::size_t i, Next& to) {
            if constexpr (is_timed<Both>) this->on_watermark(std::min(events[i].mark, span.others), to);
            return this->has_room(to);
        };
        if (value_of(events.front().event).is_left()) {
            return this->template take_run<TimedSpan<L>::most>(
                events.size(), [events](std::size_t i) -> L&& { return std::move(*value_of(events[i].event).left()); },
                [events](std::size_t i) { return time_of(events[i].event); }, before, next);
        }
        std::size_t taken = 0;
        for (this->left_ = events.size(); taken < events.size() && before(taken, next); ++taken, --this->left_) {
            R& right = *value_of(events[taken].event).right();
            auto&& key = std::invoke(this->built().key_of_right(), std::as_const(right));
            this->built().keep(std::move(right), time_of(events[taken].event), key, hash_of_key(key), no_row);
        }
        this->left_ = 0;
        return taken;
    }

    void report(OperatorReport& row) const noexcept {
        this->count(row);
        this->built().count(row);
    }
};

} // namespace weir::detail
