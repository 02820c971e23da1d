// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <optional>
#include <utility>

namespace weir {

/// What a source answers when it is asked without blocking, or with a deadline.
///     event      here is one
///     nothing    none yet; ask again after retry_in() (0: as soon as you like), or earlier
///     watermark  no event, but word that none with time <= watermark() will come
///     idle       none for a while: do not let others wait for this source's watermark
///     ended      there will never be another
/// It owns its event; it allocates nothing of its own.
template <typename T>
class [[nodiscard]] Polled {
public:
    enum class State : unsigned char { event, nothing, watermark, idle, ended };

    Polled(T event) : event_(std::move(event)), state_(State::event) {}

    static Polled nothing(Duration retry_in = {}) { return {State::nothing, Timestamp{retry_in}}; }
    static Polled watermark(Timestamp t) { return {State::watermark, t}; }
    static Polled idle(Duration retry_in = {}) { return {State::idle, Timestamp{retry_in}}; }
    static Polled ended() { return {State::ended, {}}; }

    State state() const noexcept { return state_; }
    explicit operator bool() const noexcept { return state_ == State::event; }
    bool has_ended() const noexcept { return state_ == State::ended; }

    T& operator*() & noexcept { return *event_; }
    const T& operator*() const& noexcept { return *event_; }
    T&& operator*() && noexcept { return *std::move(event_); }
    T* operator->() noexcept { return &*event_; }

    /// Only for watermark.
    Timestamp watermark() const noexcept { return time_; }
    /// Only for nothing and idle.
    Duration retry_in() const noexcept { return time_.time_since_epoch(); }

private:
    Polled(State state, Timestamp time) : time_(time), state_(state) {}

    std::optional<T> event_;
    Timestamp time_{};
    State state_;
};

} // namespace weir
