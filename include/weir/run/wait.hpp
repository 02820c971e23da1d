// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>
#include <weir/queue/parking.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <thread>

namespace weir {

/// What a thread does that has nothing to do. Of what a stage and the job say, the later in this list counts.
enum class Wait : unsigned char {
    sleep, ///< looks around for some microseconds, as long as that is rewarded, then sleeps: nothing is used at idle
    yield, ///< looks again and again, and lets others have the processor after each look
    spin   ///< looks again and again: the shortest way to the next event, at the cost of a processor whether there is one or not
};

namespace detail {

/// A thread's looks for what it waits for, between finding nothing and going to sleep.
template <typename Atomics = StdAtomics>
class LookAround {
    using Deadline = std::chrono::steady_clock::time_point;

public:
    LookAround() = default;
    /// careful: looks for a microsecond at first, and longer once that was worth it.
    explicit LookAround(bool careful) noexcept : patience_(careful ? shortest : longest) {}
    /// Looks until ready() (true), or until it does not pay any more or the deadline has come (false). To sleep and be woken costs
    /// some ten microseconds, so as many are worth trying before; a look in vain halves how long it looks the next time.
    ///     likely: there is a reason to think that it will not be in vain. Then it looks for some ten microseconds at least, and gives that
    ///     up only as one look after the other is in vain all the same.
    template <typename Ready>
    bool some(Wait how, Deadline deadline, const Ready& ready, bool likely = false) {
        const bool found = look(how, how != Wait::sleep ? longest : likely ? std::max(patience_, hope_) : patience_, deadline, ready);
        if (found) hope_ = hopeful, in_vain_ = 0;
        else if (++in_vain_ % 4 == 0) hope_ = std::max(hope_ / 2, shortest);
        patience_ = found ? std::min(patience_ * 2, longest) : std::max(patience_ / 2, shortest);
        return found;
    }
    /// Looks until ready() (true) or the deadline has come.
    template <typename Ready>
    bool on_and_on(Wait how, Deadline deadline, const Ready& ready) {
        return look(how, std::numeric_limits<std::uint64_t>::max(), deadline, ready);
    }
    /// Between two looks, of which there were so many.
    void rest(Wait how, std::uint64_t looks) noexcept {
        // Who looks may stand in the way of who is looked for: there may be more threads than processors.
        if (how == Wait::yield || one_processor() || looks % (how == Wait::spin ? 4096 : 256) == 0) Atomics::yield();
        else Atomics::pause();
    }

private:
    static constexpr std::uint64_t shortest = 32, hopeful = 512, longest = 1024; // one, and up to fifty microseconds

    template <typename Ready>
    bool look(Wait how, std::uint64_t most, Deadline deadline, const Ready& ready) {
        for (std::uint64_t looks = 0; looks != most;) {
            if (ready()) return true;
            const bool yields = how == Wait::yield || one_processor(); // which may take long
            if ((++looks % 64 == 0 || yields) && deadline != no_deadline && Atomics::now() >= deadline) return false;
            rest(how, looks);
        }
        return false;
    }

    /// Asked once somebody waits: it reads a file, which takes longer than a short job.
    bool one_processor() noexcept {
        if (processors_ == 0) processors_ = std::max(std::thread::hardware_concurrency(), 1U);
        return processors_ == 1;
    }

    unsigned processors_ = 0;
    std::uint64_t patience_ = longest;
    std::uint64_t hope_ = hopeful;
    unsigned in_vain_ = 0; // looks in a row that found nothing
};

} // namespace detail
} // namespace weir
