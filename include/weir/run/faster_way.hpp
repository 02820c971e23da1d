// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/key.hpp>
#include <weir/core/time.hpp>

#include <algorithm>
#include <cstdint>

namespace weir::detail {

/// Which of two ways to handle events is faster here, found out by trial: for some events each is gone in turn, and the times are compared.
///     Times are those of a clock, so that to be held up by others counts, too. The other way is kept if it is faster three times in a row (two,
///     where trials are long), and by a twentieth in most, so that no single disturbance decides; else it is tried again later, and each time
///     later, so that trials take about a hundredth of the time, if that: also where the other way is so slow that each is dear.
///     Not for any thread; asked once for many events.
class FasterWay {
public:
    enum class Way : unsigned char { first, second };
    /// All in events.
    struct Pace {
        std::uint64_t settle = 1 << 16;    ///< not timed, behind a change: queues still hold what went the other way, who reads them is woken
        std::uint64_t timed = 1 << 17;     ///< these are
        std::uint64_t rest = 1 << 20;      ///< behind a trial;
        std::uint64_t longest = 1 << 24;   ///< later up to so many
        std::uint64_t aside = 1 << 16;     ///< where the first way was given up at once, at first,
        std::uint64_t far_aside = 1 << 21; ///< later up to so many
        unsigned enough = 3;               ///< so many times in a row the other way must be faster
        std::uint64_t first = rest;        ///< before the first trial
        bool dear = false;                 ///< trials of the second way, which has no lumps: one that loses ends sooner, and the next comes later

        /// With so many events in queues behind, which a trial should outlast.
        static Pace behind(std::uint64_t queued) noexcept {
            Pace pace;
            pace.settle = std::max(pace.settle, 2 * queued);
            pace.timed = std::max(pace.timed, 8 * queued);
            pace.rest = std::max(pace.rest, 8 * (pace.settle + pace.timed));
            pace.longest = 16 * pace.rest;
            pace.first = pace.rest;
            return pace;
        }
        /// For a way that costs most when a window ends, and until it has grown: a trial should see some of both.
        static Pace of_windows(std::uint64_t queued) noexcept {
            Pace pace = behind(queued);
            pace.settle = std::max<std::uint64_t>(pace.settle, 1 << 18);
            pace.timed = std::max<std::uint64_t>(pace.timed, 1 << 20);
            pace.first = pace.rest = pace.aside = 4 * pace.timed;
            pace.longest = pace.far_aside = 16 * pace.rest;
            pace.enough = 2;
            pace.dear = true;
            return pace;
        }
        /// Small ones, so that all that can happen happens among few events.
        static Pace drawn(std::uint64_t from) noexcept {
            const std::uint64_t h = fold(from + 3, golden);
            return {1 + h % 3, 1 + (h >> 8U) % 5, 1 + (h >> 16U) % 7, 8, 1 + (h >> 24U) % 5, 17, 2 + static_cast<unsigned>(h >> 32U) % 2, 1 + (h >> 40U) % 7};
        }
    };

    explicit FasterWay(const Pace& pace, Way begin = Way::first) noexcept : pace_(pace), next_(pace.first), way_(begin), kept_(begin) {}

    [[nodiscard]] Way now() const noexcept { return way_; }
    /// Whether that is more than a guess: times have been compared, or are being.
    [[nodiscard]] bool is_timed() const noexcept { return is_timed_; }
    /// No trial is going on.
    [[nodiscard]] bool is_resting() const noexcept { return phase_ == Phase::resting; }
    [[nodiscard]] bool is_settling() const noexcept { return phase_ == Phase::settling; }
    /// When so many events have come it is to be looked at.
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

    void look(std::uint64_t events, Timestamp now) noexcept {
        if (phase_ == Phase::resting) {
            trials_ = clear_ = 0;
            lost_ = 0;
            return go(kept_, events, now);
        }
        const bool is_settling = phase_ == Phase::settling;
        const std::uint64_t n = events - from_;
        const auto time = static_cast<double>((now - since_).count());
        const double took = time / static_cast<double>(std::max<std::uint64_t>(n, 1));
        const bool is_dear = pace_.dear && way_ == Way::second;
        const std::uint64_t lump = is_settling ? pace_.settle / 4 : pace_.timed / (is_dear ? 8 : 4); // that time may come in
        const double slower = not is_settling ? 1.25 : is_dear ? 4 : 2; // who begins has to wake others, and tables to fill
        const bool has_lost = way_ != kept_ && time > slower * kept_took_ * static_cast<double>(n + lump);
        if (n < (is_settling ? pace_.settle : pace_.timed) && not has_lost) return go_on(events);
        if (way_ != kept_) lost_ += loss(events, now);
        if (is_settling && not has_lost) {
            phase_ = Phase::timed;
            begin(events, now);
            return go_on(events);
        }
        if (way_ == kept_) {
            kept_took_ = took;
            return go(other(way_), events, now);
        }
        clear_ += took < 0.95 * kept_took_;
        if (took < kept_took_ && ++trials_ < pace_.enough) return go(kept_, events, now);
        const bool has_won = trials_ == pace_.enough && 2 * clear_ > pace_.enough;
        if (has_won) {
            kept_ = way_;
            rest_ = 0;
        }
        if (has_lost && is_dear) rest_ = std::max(rest_, pace_.rest);
        rest(events, pace_.rest, pace_.longest);
        if (not has_won && lost_ > 0) pay_off(events);
    }
    /// What went before the change still holds up who reads: there is nothing to be timed yet.
    void still_settling(std::uint64_t events, Timestamp now) noexcept {
        lost_ += loss(events, now);
        begin(events, now);
        go_on(events);
    }
    /// The first way does not pay, as is known without a trial.
    void give_up_first(std::uint64_t events) noexcept {
        kept_ = Way::second;
        rest(events, pace_.aside, pace_.far_aside);
    }
    /// The first way is to be kept until the other is found to be faster.
    void begin_first(std::uint64_t events) noexcept {
        kept_ = way_ = Way::first;
        phase_ = Phase::resting;
        rest_ = 0;
        next_ = events + pace_.first;
    }
    /// There was a pause that neither way made: times say nothing.
    void pause(std::uint64_t events) noexcept {
        if (phase_ == Phase::resting) return;
        phase_ = Phase::resting;
        way_ = kept_;
        next_ = events + pace_.timed;
    }
    /// Goes on with another stream that has had so many events.
    void begin_at(std::uint64_t events) noexcept {
        pause(events);
        next_ = events + pace_.rest;
    }

private:
    enum class Phase : unsigned char { resting, settling, timed };
    static Way other(Way way) noexcept { return way == Way::first ? Way::second : Way::first; }

    void go(Way way, std::uint64_t events, Timestamp now) noexcept {
        is_timed_ = true;
        way_ = way;
        phase_ = Phase::settling;
        begin(events, now);
        go_on(events);
    }
    void begin(std::uint64_t events, Timestamp now) noexcept {
        from_ = events;
        since_ = now;
    }
    /// One that is clearly slower need not be gone to its end: not only for a moment, as it is where a window ends.
    void go_on(std::uint64_t events) noexcept {
        const std::uint64_t all = phase_ == Phase::settling ? pace_.settle : pace_.timed;
        next_ = std::min(from_ + all, events + all / (phase_ == Phase::settling ? 4 : 8) + 1);
    }
    /// What has gone on takes so much longer than the way that is kept would have, in nanoseconds.
    [[nodiscard]] double loss(std::uint64_t events, Timestamp now) const noexcept {
        return static_cast<double>((now - since_).count()) - kept_took_ * static_cast<double>(events - from_);
    }
    /// No trial comes before a hundred times what the last one cost has gone by; but then who held it up may have been another.
    void pay_off(std::uint64_t events) noexcept {
        const double most = 4 * static_cast<double>(pace_.longest);
        rest_ = std::max(rest_, static_cast<std::uint64_t>(std::min(100 * lost_ / std::max(kept_took_, 1.0), most)));
        next_ = events + rest_;
    }
    void rest(std::uint64_t events, std::uint64_t least, std::uint64_t most) noexcept {
        rest_ = std::min(std::max(4 * rest_, least), most);
        phase_ = Phase::resting;
        way_ = kept_;
        next_ = events + rest_;
    }

    Pace pace_;
    std::uint64_t next_;
    std::uint64_t from_ = 0; // since so many events, and then,
    Timestamp since_{};      // what goes on is timed
    std::uint64_t rest_ = 0;
    double kept_took_ = 0; // nanoseconds an event
    double lost_ = 0;      // nanoseconds, by this trial
    unsigned trials_ = 0;  // that the other way has won in a row,
    unsigned clear_ = 0;   // and clearly
    Way way_;
    Way kept_;
    bool is_timed_ = false;
    Phase phase_ = Phase::resting;
};

} // namespace weir::detail
