// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/task.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace weir {

/// The error of a call that was not answered within its timeout.
class TimedOut : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The error of a call that nobody will answer: all copies of its Completion are gone.
class Abandoned : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

/// What came of the call with that number, which was made for the event in that slot; nothing: nobody will answer.
template <typename R>
struct Answer {
    std::size_t slot = 0;
    std::uint64_t call = 0;
    std::optional<Outcome<R>> outcome{};
};

[[nodiscard]] inline std::exception_ptr abandoned() {
    return std::make_exception_ptr(Abandoned("nobody will answer: all copies of the call's Completion are gone"));
}

/// Places for what goes from one thread to another by pointers, so that values of users are moved, and destroyed, under no lock; used
/// again and again. The lock is that of the owner; but what allocates is called without it.
template <typename T>
class Places {
public:
    using Place = std::unique_ptr<T>;
    /// Under the lock. Empty where there is none: then make one.
    [[nodiscard]] Place take() {
        Place place;
        if (free_.empty()) return place;
        place = std::move(free_.back());
        free_.pop_back();
        return place;
    }
    /// Under the lock: it holds nothing of the user's any more.
    void give_back(Place place) { free_.push_back(std::move(place)); }

private:
    std::vector<Place> free_;
};

/// Where the move of a result throws, that is the answer, as there must be one.
template <typename R>
void answer(Answer<R>& to, Outcome<R>&& outcome) noexcept {
    try {
        to.outcome.emplace(std::move(outcome));
    } catch (...) {
        to.outcome.emplace(std::current_exception());
    }
}

/// Where answers arrive, from any thread, until the task that waits for them takes them. It may outlive the task.
template <typename R>
class Answers {
public:
    using Place = typename Places<Answer<R>>::Place;

    void attach(Task& task) noexcept {
        const std::scoped_lock lock(mutex_);
        task_ = &task;
    }
    /// All that an answer needs to arrive: with it, that allocates nothing.
    [[nodiscard]] Place promise(std::size_t slot, std::uint64_t call) {
        Place place;
        {
            const std::scoped_lock lock(mutex_);
            place = places_.take();
        }
        if (not place) place = std::make_unique<Answer<R>>();
        place->slot = slot;
        place->call = call;
        const std::scoped_lock lock(mutex_);
        if (const std::size_t most = answers_.size() + promised_ + 1; most > answers_.capacity()) answers_.reserve(2 * most);
        ++promised_;
        return place;
    }
    /// One that was promised. What nobody waits for any more goes behind the lock.
    void arrive(Place place) noexcept {
        const std::scoped_lock lock(mutex_);
        --promised_;
        if (not task_) return;
        answers_.push_back(std::move(place));
        if (not std::exchange(told_, true)) task_->wake(); // under the lock: the task goes only after close()
    }
    void give(std::size_t slot, std::uint64_t call, Outcome<R>&& outcome) {
        Place place = promise(slot, call);
        detail::answer(*place, std::move(outcome));
        arrive(std::move(place));
    }
    /// In the order in which they came; to be given back, but for those that are kept: nothing is left in their place.
    ///     into: empty
    void take(std::vector<Place>& into) {
        const std::scoped_lock lock(mutex_);
        into.reserve(promised_); // as it will be where they arrive
        into.swap(answers_);
        told_ = false;
    }
    void give_back(std::vector<Place>& taken) {
        if (taken.empty()) return;
        std::erase(taken, nullptr);
        for (const Place& place : taken) place->outcome.reset();
        const std::scoped_lock lock(mutex_);
        for (Place& place : taken) places_.give_back(std::move(place));
        taken.clear();
    }
    /// What comes from here on is thrown away.
    void close() noexcept {
        std::vector<Place> dropped;
        const std::scoped_lock lock(mutex_);
        dropped.swap(answers_);
        task_ = nullptr;
    }

private:
    std::mutex mutex_;
    std::vector<Place> answers_; // has room for those that are promised
    std::size_t promised_ = 0;
    Places<Answer<R>> places_;
    Task* task_ = nullptr;
    bool told_ = false; // that there are some
};

/// The duty to answer a call once.
template <typename R>
class Promise {
public:
    Promise(std::shared_ptr<Answers<R>> answers, std::size_t slot, std::uint64_t call) : answers_(std::move(answers)), place_(answers_->promise(slot, call)) {}
    Promise(const Promise&) = delete;
    Promise& operator=(const Promise&) = delete;
    ~Promise() {
        if (place_) answers_->arrive(std::move(place_));
    }
    bool give(Outcome<R>&& outcome) noexcept {
        if (given_.exchange(true, std::memory_order_acq_rel)) return false;
        detail::answer(*place_, std::move(outcome));
        answers_->arrive(std::move(place_));
        return true;
    }

private:
    std::shared_ptr<Answers<R>> answers_;
    typename Answers<R>::Place place_; // until it is answered
    std::atomic<bool> given_{false};
};

} // namespace detail

/// How a function that does not wait answers later: async_map calls fn(event, completion).
///     Any thread, also before fn returns; the first answer counts, later ones give false; what comes after a timeout or the end of the
///     job is thrown away. Where a move of the result throws, the call has failed with that. When its
///     last copy goes without an answer the call has failed with Abandoned.
///     Copies share one answer; it allocates once per call. Example: tests/runtime/async_map.cpp
template <typename R>
class Completion {
public:
    using value_type = R;
    explicit Completion(std::shared_ptr<detail::Promise<R>> promise) noexcept : promise_(std::move(promise)) {}

    bool operator()(R result) const { return promise_->give(std::move(result)); }
    bool fail(std::exception_ptr error) const { return promise_->give(std::move(error)); }

private:
    std::shared_ptr<detail::Promise<R>> promise_;
};

} // namespace weir
