// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/testing/script.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace weir {

/// A bounded source that says exactly what it is told to: events with their times, watermarks, idleness, pauses.
///     TestStream<Reading> script;
///     script.event(reading, at).watermark(at + 5s).idle().event(late_one, at);
///     run(from(script) | ...);
/// It is a source of Event<T>; it knows its position and can seek to it. As an lvalue it is used in place and left spent:
/// rewind() makes it begin again. Example: tests/testing/test_stream.cpp
template <typename T>
class TestStream {
    using Item = detail::ScriptItem<Event<T>>;
    using Kind = typename Item::Kind;

public:
    using event_type = Event<T>;
    static constexpr bool bounded = true;

    TestStream& event(T value, Timestamp at) {
        items_.push_back({.kind = Kind::event, .event = Event<T>{std::move(value), at}});
        return *this;
    }
    /// No event with a time <= t is to be expected any more.
    TestStream& watermark(Timestamp t) {
        items_.push_back({.kind = Kind::watermark, .time = t});
        return *this;
    }
    /// Nothing for a while: others need not wait for this stream's watermark.
    TestStream& idle() {
        items_.push_back({.kind = Kind::idle});
        return *this;
    }
    /// What follows is there only when the job's clock has gone on by d. Under a ManualClock the test moves it, a Simulation does so itself.
    TestStream& advance(Duration d) {
        items_.push_back({.kind = Kind::advance, .after = d});
        return *this;
    }

    Polled<Event<T>> poll(Timestamp now) {
        if (ready_at_) {
            if (now < *ready_at_) return Polled<Event<T>>::nothing(*ready_at_ - now);
            ready_at_.reset();
            ++at_;
        }
        if (at_ == items_.size()) return Polled<Event<T>>::ended();
        const Item& item = items_[at_];
        if (item.kind == Kind::advance) {
            ready_at_ = saturating_add(now, item.after);
            return Polled<Event<T>>::nothing(item.after);
        }
        ++at_;
        if (item.kind == Kind::watermark) return Polled<Event<T>>::watermark(item.time);
        if (item.kind == Kind::idle) return Polled<Event<T>>::idle();
        return *item.event;
    }
    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    void seek(std::size_t position) {
        at_ = position;
        ready_at_.reset();
    }
    void rewind() { seek(0); }

    /// The script itself, for check_equivalence and the laws.
    [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }

private:
    std::vector<Item> items_;
    std::size_t at_ = 0;
    std::optional<Timestamp> ready_at_; // while it stands at an advance
};

} // namespace weir
