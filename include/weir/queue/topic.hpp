// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/queue/subscriber.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

struct InsideSubscribe; // in the compilers' notes

/// A topic as its subscriptions see it.
class TopicBase {
public:
    virtual ~TopicBase() = default;
    virtual void remove(const SubscriberBase& subscriber) noexcept = 0;
};

template <typename T, typename Threads = TopicThreads>
class TopicCore final : public TopicBase {
    using List = std::vector<std::shared_ptr<Subscriber<T>>>;

public:
    bool publish(const T& event) {
        for (Publishing* at = Threads::publishing(); at; at = at->outer)
            if (at->topic == this) return static_cast<Visit*>(at)->later(event), true;
        auto list = subscribers();
        if (not list) return false;
        Visit visit(*this);
        FirstError error;
        visit.give(*list, event, error);
        while (visit.has_more()) {
            const T next = visit.take();
            if (list = subscribers(); list) visit.give(*list, next, error);
        }
        error.rethrow();
        return true;
    }

    /// False: the topic is closed.
    bool add(std::shared_ptr<Subscriber<T>> subscriber) {
        const std::lock_guard lock(mutex_);
        if (not list_) return false;
        auto list = std::make_shared<List>();
        list->reserve(list_->size() + 1);
        for (const auto& other : *list_)
            if (other) list->push_back(other);
        list->push_back(std::move(subscriber));
        list_ = std::move(list);
        return true;
    }
    void remove(const SubscriberBase& subscriber) noexcept override {
        std::shared_ptr<const List> old; // freed without the lock
        const std::lock_guard lock(mutex_);
        if (not list_) return;
        try {
            auto list = std::make_shared<List>();
            list->reserve(list_->size());
            for (const auto& other : *list_)
                if (other.get() != &subscriber) list->push_back(other);
            old = std::exchange(list_, std::move(list));
        } catch (...) { // no memory: it stays in the list, ended, and goes with the topic
        }
    }
    void close() {
        std::shared_ptr<const List> list;
        {
            const std::lock_guard lock(mutex_);
            list = std::exchange(list_, nullptr);
        }
        FirstError error;
        if (list)
            for (const auto& subscriber : *list) error.attempt([&] { subscriber->end(true); });
        error.rethrow();
    }
    /// As they are now; null: closed.
    [[nodiscard]] std::shared_ptr<const List> subscribers() const {
        const std::lock_guard lock(mutex_);
        return list_;
    }

private:
    /// One publish from outside, with what its handlers publish in the same topic meanwhile.
    class Visit : public Publishing {
    public:
        explicit Visit(TopicCore& core) noexcept : Publishing{&core, Threads::publishing()}, core_(core) { Threads::publishing() = this; }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;
        ~Visit() {
            Threads::publishing() = this->outer;
            later_.clear();
            if (later_.capacity() == 0) return;
            const std::lock_guard lock(core_.mutex_);
            core_.spare_.swap(later_);
        }
        void give(const List& list, const T& event, FirstError& error) {
            for (const auto& subscriber : list) error.attempt([&] { subscriber->give(event, this->outer == nullptr); });
        }
        void later(const T& event) {
            if (later_.capacity() == 0) {
                const std::lock_guard lock(core_.mutex_);
                core_.spare_.swap(later_);
            }
            later_.push_back(event);
        }
        [[nodiscard]] bool has_more() const noexcept { return taken_ != later_.size(); }
        T take() {
            T event = std::move(later_[taken_++]);
            if (taken_ == later_.size()) {
                later_.clear();
                taken_ = 0;
            }
            return event;
        }

    private:
        TopicCore& core_;
        std::vector<T> later_;
        std::size_t taken_ = 0;
    };

    mutable typename Threads::mutex mutex_; // never held while a subscriber is called
    std::shared_ptr<const List> list_ = std::make_shared<List>(); // replaced, never changed
    std::vector<T> spare_; // room for a Visit, so that it need not allocate
};

} // namespace detail

/// A subscription to a topic: it ends with its life. Movable.
///     The destructor waits for a call in flight on another thread, never for one on its own: it may be destroyed inside its own
///     handler, whose call is then the last. After it the subscriber is not called again, and its chain has ended: batches that
///     were held have been flushed. What that throws is lost in the destructor and reaches the caller of end().
///     Two handlers must not end each other's subscriptions at the same time: they would wait for each other.
template <typename Base = detail::TopicBase, typename Subscriber = detail::SubscriberBase> // a template, so that it costs only those who subscribe
class [[nodiscard]] BasicSubscription {
public:
    BasicSubscription() = default;
    BasicSubscription(BasicSubscription&&) noexcept = default;
    BasicSubscription& operator=(BasicSubscription&& other) noexcept {
        if (this != &other) {
            finish();
            topic_ = std::move(other.topic_);
            subscriber_ = std::move(other.subscriber_);
        }
        return *this;
    }
    ~BasicSubscription() { finish(); }

    /// Ends it now. Again: nothing.
    void end() {
        if (const auto topic = std::exchange(topic_, nullptr)) {
            topic->remove(*subscriber_);
            subscriber_->end(false);
        }
    }
    /// The counts of its chain, or of its handler as "handler#1", as they are now; waits for a call in flight. Also after end().
    [[nodiscard]] Report report() const { return subscriber_ ? subscriber_->report() : Report{}; }

private:
    template <typename T>
    friend class Topic;
    BasicSubscription(std::shared_ptr<Base> topic, std::shared_ptr<Subscriber> subscriber) noexcept
        : topic_(std::move(topic)), subscriber_(std::move(subscriber)) {}
    void finish() noexcept {
        try {
            end();
        } catch (...) { // said above
        }
    }
    std::shared_ptr<Base> topic_;
    std::shared_ptr<Subscriber> subscriber_;
};

using Subscription = BasicSubscription<>;

/// Publish and subscribe within the process. Events only: no watermarks, no end of stream but close().
///     publish(e)      gives e to each subscriber, in the order of their subscription, on the publisher's thread
///     subscribe(h)    h: a handler of const T&, or a chain that ends in a sink; ends with the Subscription that it returns
/// All members may be called from any thread, also from inside a handler. What is promised:
///     Each subscription sees one event at a time, and the events of one publisher in their order. A thread that finds another
///     one in a subscriber waits until that has returned, then runs the subscriber itself.
///     When publish returns, all have seen the event. Not so inside a handler, which must not wait: an event that it publishes in
///     its own topic follows when the one at hand has been given to all; one that it publishes in another topic, where another
///     thread is just in a subscriber, is given by that thread.
///     A subscriber's exception leaves the others their event and is then thrown by publish: the first one, where there are several.
///     No lock is held while a subscriber runs; publishing allocates nothing once warm.
/// T: any copyable type that owns what it holds. Example: tests/queue/topic.cpp
template <typename T>
class Topic {
    static_assert(std::copyable<T>, "Topic<T>: T must be copyable, for an event published inside a handler waits for its turn as a copy.");
    static_assert(std::is_same_v<owned_t<T>, T>, "Topic<T>: T is a view, which may outlive what it looks at. Publish strings, not views.");

public:
    using event_type = T;

    Topic() = default;
    Topic(const Topic&) = delete;
    Topic& operator=(const Topic&) = delete;
    /// As close(); no publish may be in flight. Subscriptions may live on.
    ~Topic() {
        try {
            close();
        } catch (...) { // close() would have said it
        }
    }

    /// False: the topic is closed.
    bool publish(const T& event) { return core_->publish(event); }

    /// Handler: a function of const T&, an object with on_event(const T&), std::ref of one; it is moved in.
    /// Chain: operators that end in a sink, without a stage; events are lent (const T&).
    template <typename H>
    Subscription subscribe(H&& handler) {
        using Given = std::remove_cvref_t<H>;
        if constexpr (std::is_same_v<Given, Refused>) {
            return {};
        } else if constexpr (detail::ChainLike<Given>) {
            return subscribe_chain(detail::ops_of(std::forward<H>(handler)));
        } else if constexpr (detail::PipelineLike<Given>) {
            static_assert(detail::never<H>, "topic.subscribe(chain): this is a pipeline, which has a source already. Leave its from(...) out.");
            return {};
        } else if constexpr (EventHandler<Given, const T&>) {
            return add(std::make_shared<detail::OneAtATime<T, detail::HandlerTarget<T, Given>>>(std::forward<H>(handler)));
        } else {
            static_assert(detail::never<H>, "topic.subscribe(handler): the handler cannot take the topic's events. Accepted: fn(const T&), fn(T), an "
                                    "object with on_event(const T&), std::ref of one, a chain that ends in a sink.");
            return {};
        }
    }

    /// A subscriber of one's own kind, for sources that read a topic.
    Subscription add(std::shared_ptr<detail::Subscriber<T>> subscriber) {
        if (not core_->add(subscriber)) subscriber->end(true);
        return Subscription(core_, std::move(subscriber));
    }

    /// No more events: subscribed chains end as a bounded stream does, and jobs that read from the topic end when they have
    /// read what is left. Waits for calls in flight on other threads. Throws what the end of a chain threw. Again: nothing.
    void close() { core_->close(); }

    [[nodiscard]] std::size_t subscribers() const {
        const auto list = core_->subscribers();
        return list ? list->size() : 0;
    }

private:
    template <typename... Ops>
    Subscription subscribe_chain(detail::Pack<Ops...> ops) {
        using Behind = typename detail::AttachAll<detail::InsideSubscribe, detail::TopicStream<T>, Ops...>::type;
        if constexpr (std::is_same_v<Behind, Refused>) {
            return {};
        } else if constexpr ((detail::Cuts<Ops> || ...)) {
            static_assert(detail::never<Behind>, "topic.subscribe(chain): a chain with a stage inside needs a job to run it. Use "
                                         "start(from(topic) | chain).");
            return {};
        } else if constexpr (not std::is_same_v<Behind, Ended>) {
            if constexpr (Behind::has_clauses) static_assert(detail::LeakedClause<void, Behind>::said == 0);
            else
                static_assert(detail::never<Behind>, "topic.subscribe(chain): the chain has no sink, so its events would go nowhere: end it with "
                                             "for_each(fn), collect_into(container), to_queue(queue) or another sink.");
            return {};
        } else {
            using Target = detail::ChainTarget<T, detail::Pack<Ops...>>;
            return add(std::make_shared<detail::OneAtATime<T, Target>>(std::move(ops)));
        }
    }

    std::shared_ptr<detail::TopicCore<T>> core_ = std::make_shared<detail::TopicCore<T>>();
};

} // namespace weir
