// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/queue/atomics.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace weir::detail {

/// The first of several errors.
class FirstError {
public:
    template <typename Fn>
    void attempt(Fn&& fn) {
        try {
            fn();
        } catch (...) {
            if (not error_) error_ = std::current_exception();
        }
    }
    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    std::exception_ptr error_;
};

/// Who subscribes to a topic, whatever its events are.
class SubscriberBase {
public:
    virtual ~SubscriberBase() = default;
    /// When it returns, the subscriber has been called for the last time; it returns at once inside a call of the subscriber's
    /// own, which is then the last. complete: no more events will come, as opposed to: it wants no more.
    virtual void end(bool complete) = 0;
    [[nodiscard]] virtual Report report() = 0;
};

template <typename T>
class Subscriber : public SubscriberBase {
public:
    /// Any thread. may_wait: this thread is in nobody's handler, so that it may wait for other threads to leave this one.
    virtual void give(const T& event, bool may_wait) = 0;
};

/// A function or an object with on_event(event).
template <typename T, typename Handler>
class HandlerTarget {
public:
    explicit HandlerTarget(Handler handler) : handler_(std::move(handler)) {}
    void on_event(const T& event) {
        ++in_;
        auto& handler = unwrap(handler_);
        if constexpr (requires { handler.on_event(event); }) handler.on_event(event);
        else static_cast<void>(std::invoke(handler, event));
        ++passed_;
    }
    void end(bool) {}
    [[nodiscard]] Report report() const {
        OperatorReport row;
        row.name = "handler#1";
        row.in = in_;
        row.passed = passed_;
        row.held = in_ - passed_;
        return {{row}};
    }

private:
    Handler handler_;
    std::uint64_t in_ = 0;
    std::uint64_t passed_ = 0;
};

/// Events as a subscribed chain sees them. Nobody wakes it but its publishers, so it can keep no deadlines.
template <typename T>
using TopicStream = Stream<T, Traits{.lent = true, .bounded = false, .waits = false}>;

/// What operators see of a subscription while they are bound to it.
class SubscriptionBinding {
public:
    static constexpr bool durable = false;
    static constexpr bool counts = true;
    [[nodiscard]] Identities& names() noexcept { return names_; }
    [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
    [[nodiscard]] MemoryBudget& memory() noexcept { return memory_; }
    template <typename... Nothing>
    [[nodiscard]] auto& graph() const {
        static_assert(never<Nothing...>, "topic.subscribe(chain): a chain with a stage inside needs a job to run it. Use "
                                         "start(from(topic) | chain).");
        return *this;
    }

private:
    Identities names_;
    SystemClock clock_;
    MemoryBudget memory_;
};

/// A running chain that ends in a sink.
template <typename T, typename Ops>
class ChainTarget {
    using Chain = decltype(bind_chain<true>(TopicStream<T>{}, std::declval<Ops>(), std::declval<SubscriptionBinding&>()));

public:
    explicit ChainTarget(Ops ops) : chain_(bind_chain<true>(TopicStream<T>{}, std::move(ops), binding_)) {
        chain_.for_each_outlet([this](auto& outlet) { outlet.attach(bed_); });
    }
    ChainTarget(const ChainTarget&) = delete;
    ChainTarget& operator=(const ChainTarget&) = delete;

    void on_event(const T& event) {
        if constexpr (Chain::can_finish || Chain::bounded_room)
            if (chain_.done()) return;
        chain_.on_event(event);
        settle();
    }
    void end(bool complete) {
        if (complete) {
            chain_.on_watermark(max_time);
            settle();
        }
        chain_.on_end();
        settle();
        chain_.for_each_outlet([](auto& outlet) { outlet.leave(); });
    }
    [[nodiscard]] Report report() {
        std::vector<OperatorReport> rows(binding_.names().size());
        for (std::uint32_t id = 0; id < rows.size(); ++id) rows[id].name = binding_.names()[id];
        ReportWalk walk(rows);
        chain_.report(walk, 0);
        return {std::move(rows)};
    }

private:
    /// Where a publisher sleeps while a sink of the chain has no room.
    class Bed {
    public:
        void wake() noexcept {
            {
                const std::lock_guard lock(mutex_);
                woken_ = true;
            }
            condition_.notify_one();
        }
        void sleep() {
            std::unique_lock lock(mutex_);
            // Not for ever: some sinks cannot tell when they have room again.
            condition_.wait_for(lock, std::chrono::milliseconds(10), [this] { return woken_; });
            woken_ = false;
        }

    private:
        std::mutex mutex_;
        std::condition_variable condition_;
        bool woken_ = false;
    };

    void settle() {
        chain_.end_span();
        if constexpr (Chain::bounded_room)
            while (not chain_.resume()) bed_.sleep();
    }

    SubscriptionBinding binding_;
    Bed bed_;
    Chain chain_;
};

/// A topic as a thread has it at hand while it publishes there.
struct Publishing {
    const void* topic;
    Publishing* outer;
};

/// The topics in which this thread is publishing, innermost first. It is the library's only state that is not in an object,
/// and belongs to the thread alone: publish() cannot know in another way that it is called from inside a handler. It must, or
/// two threads whose handlers publish into each other's topics would wait for each other.
inline constinit thread_local Publishing* publishing = nullptr;

/// What topics ask of the machine, in one place, so that the shipped code also runs under a model checker.
struct TopicThreads : StdAtomics {
    using thread_id = std::thread::id;
    static thread_id this_thread() noexcept { return std::this_thread::get_id(); }
    static Publishing*& publishing() noexcept { return detail::publishing; }
};

/// A subscriber whose target sees one event at a time, whoever publishes. A thread that finds another in the target waits for
/// its turn, unless it is in a handler itself: it might be what the other waits for. Then it leaves a copy of the event, and
/// the thread that has the turn gives it. No lock is held while the target runs.
template <typename T, typename Target, typename Threads = TopicThreads>
class OneAtATime final : public Subscriber<T> {
public:
    template <typename... Args>
    explicit OneAtATime(Args&&... args) : target_(std::in_place, std::forward<Args>(args)...) {}

    void give(const T& event, bool may_wait) override {
        {
            std::unique_lock lock(mutex_);
            if (busy_ && not ended_) {
                if (not may_wait) return inbox_.push_back(event);
                wait_for_turn(lock);
            }
            if (ended_) return;
            begin_turn();
        }
        FirstError error;
        error.attempt([&] { target_->on_event(event); });
        end_turn(error);
        error.rethrow();
    }

    void end(bool complete) override {
        {
            std::unique_lock lock(mutex_);
            const bool first = not std::exchange(ended_, true);
            if (first) complete_ = complete;
            if (busy_ && owner_ == Threads::this_thread()) return; // end_turn sees to it
            wait_for_turn(lock);
            if (not target_) return;
            begin_turn();
        }
        FirstError error;
        end_turn(error);
        error.rethrow();
    }

    Report report() override {
        std::unique_lock lock(mutex_);
        if (busy_ && owner_ == Threads::this_thread()) return target_->report();
        wait_for_turn(lock);
        return target_ ? target_->report() : last_report_;
    }

private:
    void wait_for_turn(std::unique_lock<typename Threads::mutex>& lock) {
        ++waiting_;
        while (busy_) turn_.wait(lock);
        --waiting_;
    }
    void begin_turn() noexcept {
        busy_ = true;
        owner_ = Threads::this_thread();
    }
    void end_turn(FirstError& error) {
        for (;;) {
            bool finish = false;
            {
                const std::lock_guard lock(mutex_);
                finish = ended_ && target_;
                if (not finish && (ended_ || inbox_.empty())) {
                    inbox_.clear();
                    busy_ = false;
                    owner_ = {};
                    if (waiting_ != 0) turn_.notify_all(); // under the lock: who ends may free us as soon as it is released
                    return;
                }
                if (not finish) working_.swap(inbox_);
            }
            if (finish) {
                error.attempt([&] { target_->end(complete_); });
                error.attempt([&] { last_report_ = target_->report(); });
                target_.reset();
            }
            for (const T& event : working_) {
                if (is_ended()) break;
                error.attempt([&] { target_->on_event(event); });
            }
            working_.clear();
        }
    }
    bool is_ended() {
        const std::lock_guard lock(mutex_);
        return ended_;
    }

    typename Threads::mutex mutex_; // of what is below; target_, working_ and last_report_ belong to whoever has the turn
    typename Threads::condition_variable turn_;
    bool busy_ = false;
    bool ended_ = false;
    bool complete_ = false;
    typename Threads::thread_id owner_{};
    unsigned waiting_ = 0;
    std::vector<T> inbox_;
    std::vector<T> working_;
    std::optional<Target> target_;
    Report last_report_;
};

} // namespace weir::detail
