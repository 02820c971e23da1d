// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/run/completion.hpp>
#include <weir/run/graph.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// What can be waited for, as a std::future.
template <typename T>
concept FutureLike = requires(T& future) {
    future.wait();
    { future.get() };
};

template <typename T>
struct OwnedAnswer {
    using type = owned_t<T>;
};
template <>
struct OwnedAnswer<void> {
    using type = void;
};
/// The value that fn gives for an event, in the form in which it is kept: of a future or an Outcome what is in it.
template <typename T>
struct AnswerOf : OwnedAnswer<typename WithoutOutcome<T>::type> {};
template <FutureLike T>
struct AnswerOf<T> : OwnedAnswer<typename WithoutOutcome<std::remove_cvref_t<decltype(std::declval<T&>().get())>>::type> {};

/// What a function gave, as it is kept.
template <typename R, typename T>
Outcome<R> owned_outcome(T&& given) {
    if constexpr (not is_outcome<std::remove_cvref_t<T>>) return R(std::forward<T>(given));
    else if (given) return R(*std::forward<T>(given));
    else return given.error();
}

/// A function that waits, called for one event.
template <typename R, typename Fn, typename E>
Outcome<R> outcome_of(Fn& fn, const E& event) {
    try {
        if constexpr (FutureLike<std::remove_cvref_t<call_result_t<Fn, const E&>>>) {
            auto future = weir::call(fn, event);
            return owned_outcome<R>(future.get());
        } else {
            return owned_outcome<R>(weir::call(fn, event));
        }
    } catch (...) {
        return std::current_exception();
    }
}

/// Calls that are to be made, and the tasks that make them.
template <typename E>
class Requests {
public:
    struct Request {
        std::size_t slot = 0;
        std::uint64_t call = 0;
        std::optional<E> event{};
    };
    using Place = typename Places<Request>::Place;
    enum class Taken : unsigned char { one, none, closed };

    void put(std::size_t slot, std::uint64_t call, const E& event) {
        Place place;
        {
            const std::scoped_lock lock(mutex_);
            place = places_.take();
        }
        if (not place) place = std::make_unique<Request>();
        place->slot = slot;
        place->call = call;
        place->event.emplace(event);
        const std::scoped_lock lock(mutex_);
        line_.push_back(std::move(place));
        if (idle_.empty()) return;
        idle_.back()->wake();
        idle_.pop_back();
    }
    /// Nobody waits for this call any more; false: it is being made, and its caller will answer.
    bool cancel(std::uint64_t call) {
        Place found; // goes without the lock
        const std::scoped_lock lock(mutex_);
        for (std::size_t n = line_.size(); n > 0; --n) {
            Place place = std::move(line_.front());
            line_.pop_front();
            if (place->call != call) line_.push_back(std::move(place));
            else found = std::move(place);
        }
        return found != nullptr;
    }
    /// Takes back what it gave last, when that has no event any more. none: the caller is woken when there is one.
    Taken take(Task& caller, Place& into) {
        const std::scoped_lock lock(mutex_);
        if (into) places_.give_back(std::move(into));
        std::erase(idle_, &caller);
        if (closed_) return Taken::closed;
        if (line_.empty()) {
            idle_.push_back(&caller);
            return Taken::none;
        }
        into = std::move(line_.front());
        line_.pop_front();
        return Taken::one;
    }
    void close() {
        Fifo<Place> dropped;
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        std::swap(dropped, line_);
        for (Task* caller : idle_) caller->wake();
        idle_.clear();
    }

    /// All callers; they come before the job runs, and go after it.
    void add(Task& caller) { callers_.push_back(&caller); }
    void remove(Task& caller) {
        const std::scoped_lock lock(mutex_);
        std::erase(idle_, &caller);
        std::erase(callers_, &caller);
    }
    [[nodiscard]] const std::vector<Task*>& callers() const noexcept { return callers_; }

private:
    std::mutex mutex_;
    Fifo<Place> line_;
    Places<Request> places_;
    std::vector<Task*> idle_;
    std::vector<Task*> callers_;
    bool closed_ = false;
};

/// A task that makes calls, one after the other: where fn waits, whoever steps this task waits.
template <typename Fn, typename E, typename R>
class CallerTask final : public Task {
public:
    CallerTask(Fn fn, std::shared_ptr<Requests<E>> requests, std::shared_ptr<Answers<R>> answers)
        : fn_(std::move(fn)), requests_(std::move(requests)), answers_(std::move(answers)) {
        requests_->add(*this);
    }
    ~CallerTask() override { requests_->remove(*this); }

    Step step(Budget) override {
        using Taken = typename Requests<E>::Taken;
        if (has_mail())
            read_mail([this](const Control& message) { ended_ |= message.kind == Control::Kind::release || message.kind == Control::Kind::abandon; });
        const Taken taken = ended_ ? Taken::closed : requests_->take(*this, request_);
        if (taken == Taken::closed) return {Step::State::ended, 0, max_time};
        if (taken == Taken::none) return {Step::State::waiting_input, 0, max_time};
        answers_->give(request_->slot, request_->call, outcome_of<R>(fn_, std::as_const(*request_->event)));
        request_->event.reset();
        return {};
    }
    [[nodiscard]] Listening listen() override { return Listening::listening; }
    void report(ReportWalk&) const override {}
    void save(SaveWalk&) const override {}
    void load(LoadWalk&) override {}
    [[nodiscard]] std::string_view name() const noexcept override { return "calls of async_map"; }
    [[nodiscard]] bool is_source() const noexcept override { return false; }

private:
    Fn fn_;
    std::shared_ptr<Requests<E>> requests_;
    std::shared_ptr<Answers<R>> answers_;
    typename Requests<E>::Place request_;
    bool ended_ = false;
};

/// How calls are made where fn waits: by tasks, each with a copy of fn and of the event.
template <typename E, typename R>
class WaitingCalls {
public:
    WaitingCalls(std::shared_ptr<Requests<E>> requests, Graph& graph) : requests_(std::move(requests)), graph_(&graph) {}

    void start(std::size_t slot, std::uint64_t call, const E& event, const std::shared_ptr<Answers<R>>&) { requests_->put(slot, call, event); }
    bool cancel(std::uint64_t call) { return requests_->cancel(call); }
    void close() {
        if (requests_) requests_->close();
    }
    /// The callers keep nothing, so it has passed them too.
    void barrier(std::uint64_t epoch) const {
        for (const Task* caller : requests_->callers()) graph_->barrier_passed(*caller, epoch);
    }

private:
    std::shared_ptr<Requests<E>> requests_;
    Graph* graph_;
};

/// How they are made where fn takes a Completion: by the operator's own task.
template <typename Fn, typename E, typename R>
class CompletedCalls {
public:
    explicit CompletedCalls(Fn fn) : fn_(std::move(fn)) {}

    void start(std::size_t slot, std::uint64_t call, const E& event, const std::shared_ptr<Answers<R>>& answers) {
        const Completion<R> completion(std::make_shared<Promise<R>>(answers, slot, call));
        try {
            std::invoke(fn_, value_of(event), completion);
        } catch (...) {
            completion.fail(std::current_exception());
        }
    }
    bool cancel(std::uint64_t) noexcept { return true; }
    void close() noexcept {}
    void barrier(std::uint64_t) const noexcept {}

private:
    Fn fn_;
};

} // namespace weir::detail
