// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source.hpp>
#include <weir/testing/fault.hpp>
#include <weir/testing/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// One line of a script: an event, or something that is said between events.
template <typename E>
struct ScriptItem {
    enum class Kind : unsigned char { event, watermark, idle, advance };
    Kind kind = Kind::event;
    std::optional<E> event{};
    Timestamp time{};   // of a watermark
    Duration after{};   // of an advance: what follows is there only that much later on the job's clock
};

/// A script as an input: hands its events on in spans of random sizes from 1 to `longest`, its signals at their places.
///     Lent: events are const T&, as those of an lvalue range; else T&&
template <typename E, bool Lent>
class ScriptInput {
    using Item = ScriptItem<E>;
    using Kind = typename Item::Kind;

public:
    using stream = Stream<E, Traits{.lent = Lent, .bounded = true}>;

    /// `read` is told how many items have been handed on; `fault` is called for each event before it is.
    ScriptInput(const std::vector<Item>& items, std::uint64_t seed, std::size_t longest, std::shared_ptr<std::size_t> read, Fault fault)
        : random_(seed), longest_(longest), read_(std::move(read)), fault_(std::move(fault)) {
        for (const Item& item : items) {
            if (item.kind == Kind::event) events_.push_back(*item.event);
            else signals_.push_back({item.kind, events_.size(), item.time, item.after});
        }
    }

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp now) {
        if (now < ready_at_) return {Drive::State::nothing, ready_at_ - now};
        while (limit > 0) {
            if (signal_ < signals_.size() && signals_[signal_].at == at_) {
                if (not feed.ready()) return {};
                const Placed signal = signals_[signal_++];
                note();
                if (signal.kind == Kind::watermark) raise(feed, signal.time);
                else if (signal.kind == Kind::idle) feed.idle();
                else {
                    ready_at_ = saturating_add(now, signal.after);
                    return {Drive::State::nothing, signal.after};
                }
                --limit;
                continue;
            }
            if (at_ == events_.size()) return {Drive::State::ended, {}};
            const std::size_t until = signal_ < signals_.size() ? signals_[signal_].at : events_.size();
            const std::size_t wanted = std::min({limit, until - at_, static_cast<std::size_t>(random_.between(1, longest_))});
            for (std::size_t i = 0; i < wanted; ++i) fault_();
            std::size_t given = 0;
            try {
                given = feed.span(std::span<Passed>(events_).subspan(at_, wanted));
                feed.end_span();
            } catch (...) { // also the event that threw has been read
                at_ += wanted;
                note();
                throw;
            }
            at_ += given;
            note();
            limit -= given;
            if (given < wanted) return {};
        }
        return {};
    }
    template <typename Feed>
    Drive rest(Feed&, std::size_t) {
        return {Drive::State::ended, {}};
    }
    void save(StateWriter& to) const {
        to.put(at_);
        to.put(signal_);
        to.put(mark_);
        to.put(ready_at_);
    }
    void load(StateReader& from) {
        from.get(at_);
        from.get(signal_);
        from.get(mark_);
        from.get(ready_at_);
        note();
    }

private:
    using Passed = std::conditional_t<Lent, const E, E>;
    struct Placed {
        Kind kind;
        std::size_t at; // before the event with this number
        Timestamp time;
        Duration after;
    };
    template <typename Feed>
    void raise(Feed& feed, Timestamp t) { // it never goes back
        if (t > mark_) feed.watermark(mark_ = t);
    }
    void note() { *read_ = at_ + signal_; }

    std::vector<E> events_;
    std::vector<Placed> signals_;
    std::size_t at_ = 0;
    std::size_t signal_ = 0;
    Timestamp mark_ = min_time;
    Timestamp ready_at_ = min_time;
    Random random_;
    std::size_t longest_;
    std::shared_ptr<std::size_t> read_;
    Fault fault_;
};

} // namespace weir::detail
