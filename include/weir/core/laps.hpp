// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/clock.hpp>
#include <weir/core/thread_time.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#if defined(__linux__)
#include <sys/resource.h>
#endif

namespace weir::detail {

/// How often a thread has had to leave its processor to others, and how long it has had one.
struct ProcessorTime {
    std::int64_t taken_away = 0;
    std::int64_t ns = 0;
    static ProcessorTime of_this_thread() noexcept {
#if defined(__linux__)
        rusage used{};
        if (getrusage(RUSAGE_THREAD, &used) == 0) return {used.ru_nivcsw, ThreadTime::of_this_thread().now().count()}; // the time in it is some milliseconds old
#endif
        return {};
    }
};

/// What comes next begins when all before has been done. Else a processor has begun it, and done 12 ns of it, when the look at the clock is over.
inline void finish_before() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_lfence();
#elif defined(__aarch64__)
    asm volatile("isb" : : : "memory");
#endif
}

/// Divides time between the N operators of a chain: what passes between two looks at the clock is that of the one at work, but for what a
/// look takes.
template <std::size_t N>
class Laps {
public:
    explicit Laps(const Clock& clock) : clock_(&clock) {
        constexpr std::size_t looks = 16, rounds = 8; // the first ones are slow
        std::int64_t least = std::numeric_limits<std::int64_t>::max();
        for (std::size_t round = 0; round < rounds; ++round) {
            const Timestamp before = last_ = clock.now();
            for (std::size_t i = 0; i < looks; ++i) turn_to(i % N);
            least = std::min(least, (last_ - before).count());
        }
        look_ = least / static_cast<std::int64_t>(looks);
        at_ = N;
    }
    void begin() {
        own_ = {};
        looks_ = 0;
        at_ = N;
        if (clock_->runs()) before_ = ProcessorTime::of_this_thread();
        begun_ = last_ = clock_->now();
    }
    void end() {
        turn_to(N);
        if (not clock_->runs()) return;
        const ProcessorTime now = ProcessorTime::of_this_thread();
        if (now.taken_away == before_.taken_away) return;
        // That was in the longest lap: each of the few events that are timed stands for many, and so would that.
        const std::int64_t away = (last_ - begun_).count() - (now.ns - before_.ns);
        std::int64_t& longest = *std::max_element(own_.begin(), own_.end());
        longest -= std::clamp<std::int64_t>(away, 0, std::max<std::int64_t>(longest, 0));
    }
    /// From here on `next` is at work; N: none of them. Gives who was before.
    std::size_t turn_to(std::size_t next) {
        const Timestamp now = clock_->now();
        own_[at_] += (now - last_).count() - look_;
        last_ = now;
        ++looks_;
        const std::size_t before = std::exchange(at_, next);
        finish_before();
        return before;
    }
    [[nodiscard]] std::int64_t own(std::size_t i) const noexcept { return own_[i]; }
    [[nodiscard]] Timestamp begun() const noexcept { return begun_; }
    [[nodiscard]] Timestamp last() const noexcept { return last_; }
    [[nodiscard]] std::int64_t cost() const noexcept { return looks_ * look_ + (clock_->runs() ? processor_look : 0); }

private:
    static constexpr std::int64_t processor_look = 1500; // ns, the two of them
    const Clock* clock_;
    std::int64_t look_ = 0; // ns
    std::int64_t looks_ = 0;
    std::size_t at_ = N;
    Timestamp begun_{}, last_{};
    ProcessorTime before_{};
    std::array<std::int64_t, N + 1> own_{}; // ns; may be less than nothing, where a look took less than others
};

template <typename Laps>
class Lap {
public:
    Lap(Laps& laps, std::size_t operator_at) : laps_(laps), before_(laps.turn_to(operator_at)) {}
    Lap(const Lap&) = delete;
    Lap& operator=(const Lap&) = delete;
    ~Lap() { laps_.turn_to(before_); }

private:
    Laps& laps_;
    std::size_t before_;
};

} // namespace weir::detail
