// SPDX-License-Identifier: BSL-1.0
// Stop tokens as the standard has them, on a machine that is a model.
#pragma once
#include "model/atomics.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace model {

/// What a source of stops, its tokens and their callbacks share.
class StopState {
public:
    class Registered {
    public:
        virtual void call() = 0;

    protected:
        ~Registered() = default;
    };

    [[nodiscard]] bool requested() const { return requested_.load(std::memory_order_acquire); }
    void request(bool calls) {
        std::unique_lock lock(mutex_);
        if (requested_.exchange(true, std::memory_order_acq_rel) || not calls) return;
        caller_ = Run::current().thread();
        while (not registered_.empty()) {
            called_ = registered_.back();
            registered_.pop_back();
            lock.unlock();
            called_->call();
            lock.lock();
            called_ = nullptr;
            returned_.notify_all();
        }
    }
    /// False: it is too late, and has to be called at once.
    bool add(Registered& callback) {
        const std::lock_guard lock(mutex_);
        if (requested()) return false;
        registered_.push_back(&callback);
        return true;
    }
    /// Behind it the callback is not called, nor running on another thread.
    void remove(Registered& callback, bool waits) {
        std::unique_lock lock(mutex_);
        std::erase(registered_, &callback);
        while (waits && called_ == &callback && caller_ != Run::current().thread()) returned_.wait(lock);
    }

private:
    Mutex mutex_;
    ConditionVariable returned_;
    Atomic<bool> requested_{false};
    std::vector<Registered*> registered_;
    Registered* called_ = nullptr; // now, by
    std::size_t caller_ = 0;
};

class StopToken {
public:
    StopToken() = default;
    explicit StopToken(StopState* state) : state_(state) {}
    [[nodiscard]] bool stop_requested() const { return state_ && state_->requested(); }
    [[nodiscard]] StopState* state() const noexcept { return state_; }

private:
    StopState* state_ = nullptr; // of a source that lives longer
};

/// waits: as the standard's does, in its destructor for a call that is running.
template <typename Fn, bool waits>
class StopCallback final : StopState::Registered {
public:
    StopCallback(const StopToken& token, Fn fn) : state_(token.state()), fn_(std::move(fn)) {
        if (state_ && not state_->add(*this)) fn_();
    }
    StopCallback(const StopCallback&) = delete;
    StopCallback& operator=(const StopCallback&) = delete;
    ~StopCallback() {
        if (state_) state_->remove(*this, waits);
    }

private:
    void call() override { fn_(); }
    StopState* state_;
    Fn fn_;
};

class StopSource {
public:
    [[nodiscard]] StopToken get_token() { return StopToken(&state_); }
    void request_stop() { state_.request(true); }
    /// One that tells nobody.
    void only_say_so() { state_.request(false); }

private:
    StopState state_;
};

} // namespace model
