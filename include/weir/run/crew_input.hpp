// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/run/crew.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Whether operators of a chain may have something to give behind all of it, which others of the same job share; and what that is: a part
/// of it, of about that size. True: that was all.
template <typename L>
inline constexpr bool keeps_rest = [] {
    if constexpr (not HasNextLink<L>) return false;
    else if constexpr (requires(L& link) { link.op().give_rest(std::size_t{}, link.next()); }) return true;
    else return keeps_rest<std::remove_cvref_t<decltype(std::declval<L&>().next())>>;
}();
template <typename L>
bool give_rest_of(L& link, std::size_t most) {
    if constexpr (requires { link.op().give_rest(most, link.next()); })
        if (not link.op().give_rest(most, link.next())) return false;
    if constexpr (HasNextLink<std::remove_cvref_t<decltype(link.next())>>) return give_rest_of(link.next(), most);
    else return true;
}

/// The input of the task behind workers: what they have made of the parts of the source, in the order of these.
///     Gathers: they have kept it in the state of the chain's first operator, which takes it over; else it is their outputs.
template <typename Source, typename Front, bool Gathers>
class CrewInput {
    using Crew = detail::Crew<Source, Front>;

public:
    /// first, last: the numbers of the operators that only workers run.
    CrewInput(std::shared_ptr<Crew> crew, std::uint32_t first, std::uint32_t last) : crew_(std::move(crew)), first_(first), last_(last) {}

    template <typename FeedOf>
    Drive drive(FeedOf& feed, std::size_t limit, Timestamp) {
        if constexpr (not shares<FeedOf>) {
            return take(feed, limit);
        } else {
            if (not share(feed, false)) return {Drive::State::nothing, Duration::max()};
            const Drive drive = take(feed, limit);
            if (drive.state == Drive::State::ended && not share(feed, true)) return {Drive::State::nothing, Duration::max()};
            return drive;
        }
    }
    /// After a stop: the parts that were begun.
    template <typename FeedOf>
    Drive rest(FeedOf& feed, std::size_t limit) {
        if (not std::exchange(stopped_, true)) rest_given_ |= cut_off_;
        crew_->stop(cut_off_ ? Crew::Stop::stop : Crew::Stop::drain);
        if constexpr (shares<FeedOf>) {
            crew_->shared().cancel();
            if (shares_ && not crew_->shared().is_done()) return {Drive::State::nothing, Duration::max()};
            shares_ = false;
        }
        return take(feed, limit);
    }
    /// Something else is read before; when it has been, workers begin, or nobody but this task, with one copy, where they cannot share it.
    void hold() noexcept { crew_->hold(); }
    void begin(bool alone) {
        if (alone) alone_ = true;
        else crew_->open();
    }
    /// Before rest(): it is as if the source had ended there.
    void drain() noexcept { cut_off_ = false; }
    void attach(Task& task) noexcept { crew_->attach(task); }
    bool listen(void (*)(void*), void*) const noexcept { return true; } // it is told of each part
    void leave() { crew_->leave(); }
    [[nodiscard]] Measured measured(std::uint64_t) { return crew_->measured(); }
    void report(ReportWalk& walk) const {
        crew_->report(walk, first_, last_);
        if (copy_ && copy_->error) walk.thrown = crew_->thrown(*copy_);
    }

private:
    template <typename FeedOf>
    Drive take(FeedOf& feed, std::size_t limit) {
        if (not copy_) {
            if (alone_ && not read_alone(limit)) return {};
            if constexpr (not Gathers) {
                if (auto* const piece = crew_->piece()) {
                    if (give(feed, piece->all(), limit)) crew_->piece_taken();
                    return {};
                }
            }
            if constexpr (Crew::hands_over) {
                if (auto* const offered = crew_->offered()) {
                    if (not feed.ready()) return {};
                    feed.part(last_link_of(offered->chain).op());
                    crew_->taken_over();
                    return {};
                }
            }
            copy_ = crew_->next();
            if (not copy_ && not crew_->ended()) return {Drive::State::nothing, Duration::max()};
            if (not copy_) {
                if (end()) return {Drive::State::ended, {}};
                return {};
            }
        }
        if constexpr (Gathers) {
            if (not feed.ready()) return {};
            feed.part(last_link_of(copy_->chain).op()); // before an error, too: what its marks have closed is given
        } else {
            auto& outputs = last_of(copy_->chain);
            if (not give(feed, outputs.all(), limit)) return {};
            outputs.clear();
        }
        if (copy_->error && not feed.done()) std::rethrow_exception(copy_->error);
        crew_->give_back(std::exchange(copy_, nullptr));
        return {};
    }
    /// Gives some of the outputs; true: that was all of them.
    template <typename FeedOf, typename E>
    bool give(FeedOf& feed, std::span<E> all, std::size_t limit) {
        const std::span events = all.subspan(at_);
        at_ += feed.span(events.first(std::min(limit, events.size())));
        if (at_ != all.size()) return false;
        at_ = 0;
        return true;
    }
    /// An operator whose work is done by the workers, too.
    template <typename FeedOf>
    static constexpr bool shares = [] {
        if constexpr (Gathers) return requires(FeedOf& feed) { feed.first().begin_step(true); };
        else return false;
    }();
    /// Whether there is nothing to be waited for. all: there are no more parts.
    template <typename FeedOf>
    bool share(FeedOf& feed, bool all) {
        auto& op = feed.first();
        for (;; op.end_step()) {
            if (shares_ && not crew_->shared().is_done()) return false;
            if (not std::exchange(shares_, false)) {
                const std::size_t pieces = op.begin_step(all);
                if (pieces == 0) return true;
                shares_ = true;
                crew_->share(pieces, op);
                return false;
            }
        }
    }
    /// All parts have been given: what operators of the front have still to give then comes as one more. True: that was all.
    bool end() {
        if constexpr (keeps_rest<Front>) {
            if (rest_given_) return true;
            auto* const copy = crew_->take_rest();
            try {
                do {
                    rest_given_ = copy->chain.resume() && give_rest_of(copy->chain, rest_at_once) && copy->chain.resume();
                } while (not rest_given_ && Crew::has_more_room(*copy));
                copy->chain.end_span();
                end_part(copy->chain);
            } catch (...) {
                copy->error = std::current_exception();
            }
            crew_->finish(copy);
            return false;
        } else return true;
    }
    /// As a worker does; false: there is more of the part. Where that has no room it is its turn. What windows have gathered is handed over
    /// only at its end: behind a join whose right side is in files (there is no other reason to read alone) there is little of it, the rows
    /// that have no partner for certain, as the others wait in files for the end, and come then in pieces (rest_at_once).
    bool read_alone(std::size_t limit) {
        if (not reading_ || is_late_) {
            const auto taken = crew_->take(part_, reading_, false);
            is_late_ = taken == Crew::Taken::later;
            if (is_late_) crew_->await_part({}, soon());
            if (taken != Crew::Taken::part) return not is_late_;
        }
        try {
            Feed<Front> feed(reading_->chain, reading_->handed);
            if (not reading_->error) {
                if (not crew_->resume(*reading_)) return true;
                const std::size_t allowed = read_all_ ? 0 : crew_->at_once(*reading_, feed.allowance(limit));
                if (allowed != 0) {
                    const Drive drive = crew_->read_part(*part_, feed, allowed);
                    feed.end_span();
                    read_all_ = drive.state == Drive::State::ended;
                    if constexpr (LiveBatches<Source>) // a pipe, which is rarely read here
                        if (drive.state == Drive::State::nothing) part_->wait({}, soon());
                    return false;
                }
                if (not read_all_) return not crew_->make_room(*reading_);
                end_part(reading_->chain);
            }
        } catch (...) {
            reading_->error = std::current_exception();
        }
        read_all_ = false;
        crew_->finish(std::exchange(reading_, nullptr));
        return true;
    }

    /// The job may be stopped.
    static std::chrono::steady_clock::time_point soon() { return std::chrono::steady_clock::now() + std::chrono::milliseconds(20); }

    std::shared_ptr<Crew> crew_;
    std::uint32_t first_;
    std::uint32_t last_;
    typename Crew::Copy* copy_ = nullptr; // what is being taken,
    std::size_t at_ = 0;                  // and how much of it has been
    bool shares_ = false;                 // workers do something for the operator behind
    static constexpr std::size_t rest_at_once = 16'384;
    bool rest_given_ = false;
    bool stopped_ = false;
    bool cut_off_ = true; // if it is stopped
    bool alone_ = false;
    std::optional<BatchInput<Source>> part_{};  // that is read alone,
    typename Crew::Copy* reading_ = nullptr;    // with this,
    bool is_late_ = false;                      // when there is one,
    bool read_all_ = false;                     // to its end, though operators may wait for room
};

} // namespace weir::detail
