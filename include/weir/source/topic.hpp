// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue.hpp>
#include <weir/queue/slots.hpp>
#include <weir/queue/topic.hpp>
#include <weir/source/from.hpp>
#include <weir/source/queue.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir {

/// The queue between a topic's publishers and a job that reads from it.
struct TopicOptions {
    std::size_t capacity = 4096;         ///< events; at least 1
    Overflow overflow = Overflow::block; ///< what a publisher does when it is full
};

namespace detail {

/// A subscriber that only hands over. Its queue takes from many threads at once, so nobody waits for a turn.
template <typename T>
class QueueSubscriber final : public Subscriber<T> {
public:
    explicit QueueSubscriber(const TopicOptions& options) : queue(options.capacity, options.overflow) {}
    void give(const T& event, bool) override {
        offered.fetch_add(1, std::memory_order_relaxed); // first, so that no report shows more behind the queue than in front of it
        Counted lost(1, [this](std::size_t n) { offered.fetch_sub(n, std::memory_order_relaxed); }); // where push throws, too
        if (queue.push(event) || not queue.closed()) lost.count = 0;
    }
    void end(bool) override { queue.close(); }
    Report report() override { return {}; }

    MpscQueue<T> queue;
    std::atomic<std::uint64_t> offered{0};
};

/// The input of a running job: subscribed for as long as the job runs.
template <typename T>
class TopicInput {
public:
    TopicInput(Topic<T>& topic, std::shared_ptr<QueueSubscriber<T>> subscriber, std::uint32_t id)
        : subscriber_(std::move(subscriber)), subscription_(topic.add(subscriber_)),
          input_(subscriber_->queue), id_(id) {}

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp now) { return input_.drive(feed, limit, now); }
    template <typename Feed>
    Drive rest(Feed& feed, std::size_t limit) { return input_.rest(feed, limit); }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) { input_.wait(std::move(stop), deadline); }
    bool listen(void (*fn)(void*), void* arg) { return input_.listen(fn, arg); }
    /// The job needs no more, so publishers must not wait for it.
    void leave() { subscription_.end(); }

    void report(ReportWalk& walk) const {
        OperatorReport& row = walk.cleared_row(id_);
        row.in = subscriber_->offered.load(std::memory_order_relaxed);
        row.dropped(Drop::overflow) = std::min(row.in, subscriber_->queue.dropped());
        row.held = std::min<std::uint64_t>(row.in - row.dropped(), subscriber_->queue.size());
        row.out = row.passed = row.in - row.dropped() - row.held;
    }

private:
    std::shared_ptr<QueueSubscriber<T>> subscriber_;
    Subscription subscription_;
    QueueInput<MpscQueue<T>&> input_;
    std::uint32_t id_;
};

template <typename T>
struct TopicSource {
    using stream = Stream<T>;
    Topic<T>* topic;
    TopicOptions options;

    template <typename Binding>
    TopicInput<T> bind(Binding& binding) const {
        return TopicInput<T>(*topic, std::make_shared<QueueSubscriber<T>>(options), binding.names().add("topic"));
    }
};

} // namespace detail

/// Begins a pipeline with what is published in a topic from the start of the job on.
///     -> T, owned copies; in the order of publishing; unbounded; ends when the topic is closed and what came before is read.
///     Between the publishers and the job is a bounded queue, allocated at the start. With Overflow::block, as it is without
///     options, a publisher waits for room: then do not publish on the thread that runs the job (from a stepper's loop, from
///     inside the job itself) more than the capacity; choose drop_oldest there. What is dropped is counted in the job's row
///     "topic#1". The topic must outlive the job. example: tests/source/topic.cpp
template <typename T>
[[nodiscard]] constexpr auto from(Topic<T>& topic, TopicOptions options = {}) {
    using Source = detail::TopicSource<T>;
    return Pipeline<Source, typename Source::stream>{Source{std::addressof(topic), options}, {}};
}

} // namespace weir
