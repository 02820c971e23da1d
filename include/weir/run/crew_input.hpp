// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/run/crew.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <utility>

namespace weir::detail {

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
        crew_->close();
        if constexpr (shares<FeedOf>) {
            crew_->shared().cancel();
            if (shares_ && not crew_->shared().is_done()) return {Drive::State::nothing, Duration::max()};
            shares_ = false;
        }
        return take(feed, limit);
    }
    void attach(Task& task) noexcept { crew_->attach(task); }
    bool listen(void (*)(void*), void*) const noexcept { return true; } // it is told of each part
    void leave() { crew_->leave(); }
    [[nodiscard]] Measured measured() { return crew_->measured(); }
    void report(ReportWalk& walk) const { crew_->report(walk, first_, last_); }

private:
    template <typename FeedOf>
    Drive take(FeedOf& feed, std::size_t limit) {
        if (not copy_) {
            copy_ = crew_->next();
            if (not copy_) return {crew_->ended() ? Drive::State::ended : Drive::State::nothing, Duration::max()};
            at_ = 0;
        }
        if constexpr (Gathers) {
            if (not feed.ready()) return {};
            feed.part(last_link_of(copy_->chain).op()); // before an error, too: what its marks have closed is given
        } else {
            auto& outputs = last_of(copy_->chain);
            const std::span events = outputs.all().subspan(at_);
            at_ += feed.span(events.first(std::min(limit, events.size())));
            if (at_ != outputs.all().size()) return {};
            outputs.clear();
        }
        if (copy_->error && not feed.done()) std::rethrow_exception(copy_->error);
        crew_->give_back(std::exchange(copy_, nullptr));
        return {};
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

    std::shared_ptr<Crew> crew_;
    std::uint32_t first_;
    std::uint32_t last_;
    typename Crew::Copy* copy_ = nullptr; // what is being taken,
    std::size_t at_ = 0;                  // and how much of it has been
    bool shares_ = false;                 // workers do something for the operator behind
};

} // namespace weir::detail
