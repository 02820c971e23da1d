// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {

/// Room in a queue, in place: the producer builds events here and publishes them all at once, without a move or a copy.
///     auto room = queue.claim(256);
///     while (!room.is_full() && more()) room.emplace_back(...);
///     room.publish();                                  // or leave the scope: what is not published is destroyed again
/// It lives until publish() or the next push, claim or try_push; a producer has one at a time. Example: tests/queue/claim.cpp
template <typename Queue>
class [[nodiscard]] Claim {
public:
    using value_type = typename Queue::event_type;

    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim() { std::destroy_n(first_, built_); }

    /// How many events have room: 0 if the queue is full or closed, else at least 1; fewer than asked for where the ring ends.
    [[nodiscard]] std::size_t room() const noexcept { return room_; }
    [[nodiscard]] std::size_t size() const noexcept { return built_; }
    [[nodiscard]] bool is_full() const noexcept { return built_ == room_; }

    /// Builds the next event. There must be room. If the constructor throws, the claim is as it was.
    template <typename... Args>
    value_type& emplace_back(Args&&... args) {
        value_type* const event = std::construct_at(first_ + built_, std::forward<Args>(args)...);
        ++built_;
        return *event;
    }

    /// Makes the events built so far visible to the consumer, and returns how many: all, or 0 if the queue was closed
    /// meanwhile. The claim is empty and without room afterwards.
    std::size_t publish() {
        if (not queue_->publish_claimed(built_)) return 0;
        room_ = 0;
        first_ += built_;
        return std::exchange(built_, 0);
    }

    /// The same, but what room is left stays claimed.
    std::size_t publish_some() {
        if (not queue_->publish_claimed(built_)) return 0;
        first_ += built_;
        room_ -= built_;
        return std::exchange(built_, 0);
    }

    /// For who constructs the events himself: where the next one goes, and that the next n are there.
    [[nodiscard]] value_type* next() const noexcept { return first_ + built_; }
    void built(std::size_t n) noexcept { built_ += n; }

    /// For types that need no construction: all the room as plain memory with unspecified values, and publish(n) for its
    /// first n events.
    [[nodiscard]] std::span<value_type> span() const noexcept
        requires std::is_trivial_v<value_type>
    {
        return {first_, room_};
    }
    std::size_t publish(std::size_t n)
        requires std::is_trivial_v<value_type>
    {
        built_ = n;
        return publish();
    }

private:
    friend Queue;
    Claim(Queue& queue, value_type* first, std::size_t room) noexcept : queue_(&queue), first_(first), room_(room) {}

    Queue* queue_;
    value_type* first_;
    std::size_t room_;
    std::size_t built_ = 0;
};

} // namespace weir
