// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/core/fifo.hpp>
#include <weir/run/stage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// One of the pipelines of a merge: its input, and its chain up to where the streams meet.
template <typename Input, typename Front>
class MergePart {
    using In = std::remove_reference_t<Input>;

public:
    static constexpr bool peer = requires { requires In::from_task; };
    static constexpr bool nested = requires { In::has_sources; }; // its input is a merge in the same task
    static constexpr bool may_block = requires { requires In::may_block; };
    static constexpr bool has_sources = [] {
        if constexpr (nested) return In::has_sources;
        else return not peer;
    }();

    template <typename I>
    MergePart(I&& input, Front front, std::string name) : input_(std::forward<I>(input)), front_(std::move(front)), name_(std::move(name)) {}

    /// Reads at most `limit` events; what they give is in given().
    template <typename Here>
    Drive drive(std::size_t limit, Timestamp now, Here& here) {
        if constexpr (Front::has_deadline)
            if (now >= front_.deadline()) front_.on_time(now);
        if (phase_ != Phase::reading) return go_on(now);
        Feed<Front> feed(front_, handed_);
        if (feed.done()) return end(true, now);
        if constexpr (requires { requires In::one_by_one; }) limit = std::min<std::size_t>(limit, 1); // the next event may be long in coming
        const std::size_t allowed = feed.allowance(limit);
        if (allowed == 0) {
            if (not front_.resume()) return waits(now);
            return feed.allowance(limit) != 0 ? Drive{} : Drive{Drive::State::nothing, Duration::max()};
        }
        Drive drive;
        if constexpr (peer) drive = input_.drive(feed, allowed, here);
        else drive = stopped_ ? input_.rest(feed, allowed) : input_.drive(feed, allowed, now);
        feed.end_span();
        if (feed.done()) return end(true, now);
        return drive.state == Drive::State::ended ? end(not peer && (not stopped_ || draining_), now) : drive;
    }
    void stop(bool draining) {
        if constexpr (nested) input_.stop(draining);
        if (peer || stopped_) return; // another task's end comes by itself
        stopped_ = true;
        draining_ = draining;
        if constexpr (requires { input_.drain(); })
            if (draining) input_.drain();
    }
    template <typename Fn>
    bool listen(Fn fn, void* arg) {
        if (phase_ != Phase::reading) return true;
        if constexpr (requires { input_.listen(fn, arg); }) return input_.listen(fn, arg);
        else return true;
    }
    /// Whether somebody says so when it has something again.
    static constexpr bool listens = peer || requires(In& input) { input.listen(nullptr, nullptr); };

    [[nodiscard]] auto& given() noexcept { return last_of(front_).kept(); }
    /// Whether given() stays as it is for now, whatever comes.
    void keep_all(bool all) noexcept { last_of(front_).keep_all(all); }
    [[nodiscard]] bool ended() const noexcept { return phase_ == Phase::ended; }
    /// All has been read, but operators have still to give what they gave no room for, or not yet.
    [[nodiscard]] bool is_ending() const noexcept { return phase_ != Phase::reading && not ended(); }
    /// It has ended, and not because it was stopped.
    [[nodiscard]] bool complete() const noexcept { return ended() && last_of(front_).complete(); }
    /// How many events it has read.
    [[nodiscard]] std::uint64_t handed() const noexcept { return handed_; }
    [[nodiscard]] Measured measured() { return measured_of(input_, handed_); }
    [[nodiscard]] Timestamp deadline() const { return ended() ? max_time : front_.deadline(); }
    [[nodiscard]] Front& front() noexcept { return front_; }
    [[nodiscard]] In& input() noexcept { return input_; }
    void report(ReportWalk& walk) const {
        if constexpr (nested) input_.report(walk);
        front_.report(walk, handed_);
    }
    /// Lets others see its channel, or those of its own parts. path: of the merge among those that it is a part of.
    void show(TaskFigures& figures, const std::string& path) const {
        if constexpr (nested) input_.show(figures, path + std::string(input_name()) + "/");
        else if constexpr (peer) input_.show(figures, path + std::string(input_name()));
    }
    /// sent: the watermark of the merge; told: the own mark; idle_waits: that it is idle is still to be said.
    void save(SaveWalk& walk, Timestamp sent, Timestamp told, bool idle_waits) const {
        walk.section(name_, [&](StateWriter& to) {
            to.put(sent);
            to.put(told);
            to.put(idle_waits);
            to.put(handed_);
            to.put(mark);
            to.put(own_mark);
            to.put(idle);
            to.put(aligned);
            to.put(complete()); // one that was stopped goes on
            last_of(front_).save_own(to);
            last_of(front_).kept().save(to);
            if constexpr (SavableInput<In>) input_.save(to);
        });
        if constexpr (nested) input_.save_parts(walk);
        front_.save(walk);
    }
    void load(LoadWalk& walk, Timestamp& sent, Timestamp& told, bool& idle_waits) {
        walk.section(name_, [&](StateReader& from) {
            from.get(sent);
            from.get(told);
            from.get(idle_waits);
            from.get(handed_);
            from.get(mark);
            from.get(own_mark);
            from.get(idle);
            from.get(aligned);
            phase_ = from.get<bool>() ? Phase::ended : Phase::reading;
            last_of(front_).load_own(from);
            given().load(from);
            if (given().empty()) given().begin(mark);
            if constexpr (SavableInput<In>) input_.load(from);
        });
        if constexpr (nested) input_.load_parts(walk);
        front_.load(walk);
    }

    /// Where one waits already, this one does behind it: nothing has been read since.
    void barrier_came(std::uint64_t epoch) {
        if (barrier == no_epoch) barrier = epoch;
        else later_.push_back(epoch);
    }
    void barrier_passed() noexcept {
        barrier = no_epoch;
        if (later_.empty()) return;
        barrier = later_.front();
        later_.pop_front();
    }

    /// Its events have no times, so the watermark does not wait for it.
    void leave_out() noexcept {
        has_times = false;
        mark = max_time;
    }

    Timestamp mark = min_time;         ///< the last watermark that was taken from given()
    Timestamp own_mark = min_time;     ///< where it is a merge itself: of its input that the next events come from
    bool has_times = true;             ///< else it says nothing of the watermark
    bool idle = false;                 ///< nobody waits for its watermark
    bool aligned = true;               ///< its watermark counts: not while it is idle, nor after that before it has caught up
    std::uint64_t barrier = no_epoch;  ///< a barrier that has come and waits for the other inputs'
    std::optional<LatencyMarker> marker{}; ///< one that has come and waits until all is handed on that came before
    static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};

private:
    /// "merge/1" of "input/merge/1/channel".
    [[nodiscard]] std::string_view input_name() const noexcept {
        constexpr std::string_view before = "input/", behind = "/channel";
        std::string_view name = name_;
        name.remove_prefix(before.size());
        if (name.ends_with(behind)) name.remove_suffix(behind.size());
        return name;
    }
    enum class Phase : unsigned char {
        reading,
        complete, ///< its watermark goes to infinity,
        ending,   ///< and it ends,
        giving,   ///< when operators have given all that they had
        ended
    };
    Drive end(bool complete, Timestamp now) {
        phase_ = complete ? Phase::complete : Phase::ending;
        return go_on(now);
    }
    /// What operators give at the end may be more than there is room for, or come later: each signal waits for what stands before it.
    Drive go_on(Timestamp now) {
        while (not ended()) {
            if (not front_.resume()) return waits(now);
            switch (std::exchange(phase_, static_cast<Phase>(static_cast<int>(phase_) + 1))) {
            case Phase::complete: front_.on_watermark(max_time); break;
            case Phase::ending:
                front_.on_end();
                front_.end_span();
                break;
            default: break;
            }
        }
        return {Drive::State::ended, {}};
    }
    /// An operator waits for room, or for a time of its own.
    Drive waits(Timestamp now) {
        if constexpr (requires(Front& front) { last_of(front).kept(); })
            if (not given().empty()) return {};
        const Timestamp until = resume_at(front_);
        return {Drive::State::nothing, until == max_time ? Duration::max() : std::max(until - now, Duration::zero())};
    }
    Input input_;
    Front front_;
    std::string name_;
    std::uint64_t handed_ = 0;
    Fifo<std::uint64_t> later_; // barriers behind the one that waits
    bool stopped_ = false;
    bool draining_ = false;
    Phase phase_ = Phase::reading;
};

} // namespace weir::detail
