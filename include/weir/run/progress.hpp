// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace weir {

/// How far a job has come.
struct RunProgress {
    std::uint64_t events = 0; ///< that its sources have given
    std::uint64_t bytes = 0;  ///< of those sources that know
    std::uint64_t total = 0;  ///< bytes there are to read; 0: not known
    Duration elapsed{};       ///< on the job's clock
    bool ended = false;       ///< the last call

    /// Of the bytes; 0 where it is not known, 1 where there were more than had been thought.
    [[nodiscard]] double share() const noexcept { return total == 0 ? 0 : bytes > total ? 1 : static_cast<double>(bytes) / static_cast<double>(total); }
    /// Until the end at the mean rate so far; zero where that is not known.
    [[nodiscard]] Duration left() const noexcept {
        if (total <= bytes || bytes == 0) return {};
        return Duration(static_cast<Duration::rep>(static_cast<double>(elapsed.count()) / static_cast<double>(bytes) * static_cast<double>(total - bytes)));
    }
};

namespace detail {

/// What one task's source has given, or its sources.
struct Measured {
    std::uint64_t events = 0;
    SourceBytes bytes{};

    Measured& operator+=(const Measured& other) noexcept {
        const bool knows = knows_total() && other.knows_total();
        events += other.events;
        bytes.read += other.bytes.read;
        bytes.total = knows ? bytes.total + other.bytes.total : 0;
        return *this;
    }
    [[nodiscard]] bool knows_total() const noexcept { return bytes.total != 0 || bytes.read == 0; }
};

/// What an input has read that has given so many events; of what comes from another task nothing, as that one says it.
template <typename Input>
Measured measured_of(Input& input, std::uint64_t handed) {
    if constexpr (requires { input.measured(handed); }) return input.measured(handed);
    else if constexpr (requires { requires Input::from_task; }) return {};
    else if constexpr (requires { input.measure(); }) return {handed, input.measure()};
    else return {handed, {}};
}

/// Collects what tasks say of their sources, and tells now and then; how often is said in the docs of RunOptions.
///     Who: a task
template <typename Who>
class ProgressTeller {
public:
    explicit ProgressTeller(std::function<void(const RunProgress&)> tell) : tell_(std::move(tell)) {}
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(tell_); }

    void say(const Who& who, const Measured& what, Timestamp now) {
        RunProgress progress;
        {
            const std::scoped_lock lock(mutex_);
            if (begun_ == min_time) begun_ = next_ = now;
            place(who) = what;
            if (now < next_ || is_telling_) return;
            next_ = now + std::chrono::milliseconds(250);
            is_telling_ = true;
            progress = sum(now);
        }
        const Done done{*this};
        tell_(progress);
    }
    /// All tasks have ended.
    void finish(Timestamp now) {
        RunProgress progress = sum(now);
        progress.ended = true;
        tell_(progress);
    }

private:
    struct Done {
        ProgressTeller& teller;
        ~Done() {
            const std::scoped_lock lock(teller.mutex_);
            teller.is_telling_ = false;
        }
    };
    Measured& place(const Who& who) {
        for (auto& [task, measured] : places_)
            if (task == &who) return measured;
        return places_.emplace_back(&who, Measured{}).second;
    }
    [[nodiscard]] RunProgress sum(Timestamp now) const {
        RunProgress all;
        Measured sum;
        for (const auto& [task, measured] : places_) sum += measured;
        all.events = sum.events;
        all.bytes = sum.bytes.read;
        all.total = sum.bytes.total;
        all.elapsed = begun_ == min_time ? Duration() : now - begun_;
        return all;
    }
    std::function<void(const RunProgress&)> tell_;
    std::mutex mutex_;
    std::vector<std::pair<const Who*, Measured>> places_;
    Timestamp begun_ = min_time;
    Timestamp next_ = min_time;
    bool is_telling_ = false;
};

} // namespace detail
} // namespace weir
