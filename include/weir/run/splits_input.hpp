// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/run/merge_part.hpp>
#include <weir/run/notice.hpp>
#include <weir/run/summed_rows.hpp>
#include <weir/run/told_marks.hpp>
#include <weir/source/events.hpp>
#include <weir/source/splits.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// What the operators of a split that comes while the job runs are bound to: the names that those of each split have.
template <typename Binding>
class SplitBinding {
public:
    static constexpr bool durable = Binding::durable;
    static constexpr bool counts = Binding::counts;
    static constexpr bool for_each_split = true; // what is bound to it is bound again and again

    SplitBinding(Binding& binding, Identities names) : binding_(binding), names_(std::move(names)) {}
    [[nodiscard]] Identities& names() noexcept { return names_; }
    [[nodiscard]] const Clock& clock() const noexcept { return binding_.clock(); }
    [[nodiscard]] MemoryBudget& memory() noexcept { return binding_.memory(); }
    [[nodiscard]] Graph& graph() noexcept { return binding_.graph(); }

private:
    Binding binding_; // it refers to the graph
    Identities names_;
};

/// The chain of one split, ending in the buffer where the splits meet.
template <typename Source, typename Ops, typename Binding>
auto bind_split(const Ops& ops, Binding& binding) {
    using E = owned_t<typename AttachPack<InsideSplits, split_stream_t<Source>, Ops>::type::event>;
    return bind_chain<false>(split_stream_t<Source>{}, Ops(ops), binding, BufferEnd<E, MarkedRecord<E>>());
}

/// The input of a task that reads the splits of a DynamicSource: as a merge of their chains, of which there are more and fewer as they come and go.
///     S is T& for the user's source, T for one that we own.
template <typename S, typename Ops, typename Binding>
class SplitsInput : ToldMarks {
    using Source = std::remove_reference_t<S>;
    using Split = typename Source::split_type;
    using Id = std::remove_cvref_t<decltype(std::declval<const Split&>().id())>;
    using Front = decltype(bind_split<Source>(std::declval<const Ops&>(), std::declval<SplitBinding<Binding>&>()));
    using Part = MergePart<EventInput<Split>, Front>;
    static constexpr std::size_t turn = 64;                           // events of one split at a time
    static constexpr Duration soon = std::chrono::milliseconds(1);    // when those are asked again that nobody listens to
    static constexpr bool splits_tell = NotifyingSource<Split>;
    static constexpr bool source_tells = NotifyingSource<Source>; // and, where they do not, for its splits
    static constexpr bool tells = splits_tell || source_tells;
    static constexpr bool source_waits = requires(Source& source, std::stop_token stop, std::chrono::steady_clock::time_point until) { source.wait(stop, until); };
    static constexpr bool waits = not tells && (source_waits || WaitingSource<Split>);
    struct NoNotice {
        static void cancel() noexcept {}
    };

public:
    static constexpr bool from_task = true; // it gives the last watermark itself
    static constexpr bool has_sources = true;
    static constexpr bool may_block = Part::may_block;

    /// before: the names of the job, up to those of the splits' operators, which are the next ones.
    SplitsInput(Held<S> source, Ops ops, Binding& binding, Identities before)
        : source_(std::move(source)), ops_(std::move(ops)), binding_(binding), before_(std::move(before)), names_(binding.names()),
          rows_(static_cast<std::uint32_t>(before_.size()), static_cast<std::uint32_t>(names_.size())) {}

    template <typename FeedOf, typename Here>
    Drive drive(FeedOf& feed, std::size_t limit, Here& here) {
        const Timestamp now = here.now();
        say_idle(feed);
        if (half_given_ && not give(*half_given_, feed, limit)) return {};
        ask_what_changed(now);
        open_those_that_came();
        bool moved = false;
        const bool is_slept_on = requires { here.waits_outside(); } && waits_outside(); // not where it is one input of several
        Duration retry = wait_for_changes(now, is_slept_on);
        const std::size_t first = next_turn();
        for (std::size_t asked = 0; asked < open_.size() && limit > 0 && not moved; ++asked) {
            Open& split = *open_[(first + asked) % open_.size()];
            if (split.part.ended()) continue; // after a stop it stays, as it has not said how far it is
            const Drive drive = split.part.drive(std::min(limit, FeedOf::can_finish ? 1 : turn), now, here); // one where nothing may be read beyond the last taken
            moved = drive.state != Drive::State::nothing;
            if (not moved) retry = std::min(retry, wait_of(split.part, drive, now, tells || is_slept_on));
            if (not give(split, feed, limit)) return {};
        }
        ++last_;
        if (not feed.done() && not feed.ready()) return {}; // an operator waits for room: what it keeps then is not saved
        moved |= close_those_that_ended(feed);
        moved |= pass_barriers(here);
        if (over()) {
            if (not cut_off()) send(max_time, feed);
            return {Drive::State::ended, {}};
        }
        return moved || limit == 0 || not feed.ready() ? Drive{} : Drive{Drive::State::nothing, retry};
    }
    template <typename FeedOf>
    Drive rest(FeedOf&, std::size_t) {
        return {Drive::State::ended, {}};
    }

    void stop(bool draining) {
        if (std::exchange(stopped_, true)) return;
        draining_ = draining;
        arriving_.clear();
        for (const auto& split : open_) split->part.stop(draining);
    }
    template <typename Here>
    void barrier(std::uint64_t epoch, Here& here) {
        barriers_.push_back(epoch);
        pass_barriers(here);
    }
    /// Has fn(arg) called once when a split has something, or others come or go; false: there is something now.
    bool listen(void (*fn)(void*), void* arg)
        requires tells
    {
        bool quiet = true;
        if constexpr (source_tells) quiet = notice_->ask(source_.get(), fn, arg);
        if constexpr (splits_tell)
            for (const auto& split : open_) quiet &= split->part.ended() || split->notice.ask(split->part.input().source(), fn, arg);
        return quiet;
    }
    /// False: who cannot sleep on it must ask it again and again.
    [[nodiscard]] static constexpr bool listens() noexcept { return not waits; }
    /// Whether a thread may sleep on it now: on the source, or on the only split that there is.
    [[nodiscard]] bool waits_outside() const noexcept { return waits && (source_waits || (open_.size() == 1 && arriving_.empty())); }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline)
        requires waits
    {
        if constexpr (source_waits) source_.get().wait(std::move(stop), deadline);
        else open_.front()->part.input().wait(std::move(stop), deadline);
    }
    void attach(Task& task) noexcept { task_ = &task; }
    void leave() {
        for (const auto& split : open_) split->part.front().for_each_outlet([](auto& outlet) { outlet.leave(); });
    }
    /// Whether it was not stopped before its end.
    [[nodiscard]] bool complete() const noexcept { return not cut_off(); }
    [[nodiscard]] Measured measured(std::uint64_t handed) { return {.events = handed}; }
    void show(TaskFigures&, const std::string& = {}) const noexcept {} // no queues
    void report(ReportWalk& walk) const {
        rows_.report(walk, open_);
        walk.watermark = sent_; // not one that a split has made
    }

    void save_parts(SaveWalk& walk) const {
        walk.section(section, [&](StateWriter& to) {
            to.put(sent_);
            to.put(told_);
            to.put(idle_waits_);
            to.put(begun_);
            to.put(ended_);
            rows_.save(to);
            to.put(saved_.size() + open_.size());
            for (const SavedSplit& split : saved_) save(to, split.id, split, split.state);
            for (const auto& split : open_) {
                StateWriter own;
                SaveWalk parts(names_, own);
                split->part.save(parts, min_time, min_time, false);
                save(to, split->id, split->part, own.data());
            }
        });
    }
    void load_parts(LoadWalk& walk) {
        walk.section(section, [&](StateReader& from) {
            from.get(sent_);
            from.get(told_);
            from.get(idle_waits_);
            from.get(begun_);
            from.get(ended_);
            rows_.load(from);
            for (auto n = from.get<std::size_t>(); n > 0; --n) {
                SavedSplit& split = saved_.emplace_back(SavedSplit{from.get<Id>()});
                from.get(split.mark);
                from.get(split.idle);
                from.get(split.aligned);
                from.get(split.state);
            }
        });
    }

private:
    /// One that has not come yet in this run.
    struct SavedSplit {
        Id id;
        Timestamp mark = min_time;
        bool idle = false;
        bool aligned = true; // as it was: as long as it may come the others wait for it, as they would have if the job had gone on
        std::vector<std::byte> state{};
    };
    static constexpr const char* section = "input/splits";
    /// A split that is read.
    struct Open {
        Id id;
        Part part;
        bool leaves = false; // it has been taken away
        WEIR_NO_UNIQUE_ADDRESS std::conditional_t<splits_tell, Notice<Split>, NoNotice> notice{}; // goes before the part does
        void report(ReportWalk& walk) const { part.report(walk); }
    };

    void ask_what_changed(Timestamp now) {
        if constexpr (source_tells)
            if (notice_->take_told()) look_at_ = min_time;
        if (stopped_ || now < look_at_) return;
        auto changes = source_.get().changes();
        if constexpr (requires { changes.retry_in; }) look_at_ = saturating_add(now, changes.retry_in);
        if constexpr (requires { changes.ended; }) {
            let_go_ |= changes.ended && not no_more_;
            no_more_ = changes.ended;
        }
        for (const auto& id : changes.removed) take_away(id);
        for (Split& split : changes.added) arriving_.push_back(std::move(split));
    }
    [[nodiscard]] Duration wait_for_changes(Timestamp now, bool is_slept_on) const noexcept {
        if (look_at_ == max_time) return Duration::max();
        if (look_at_ > now) return std::max(look_at_ - now, soon);
        return source_tells || (source_waits && is_slept_on) ? Duration::max() : soon;
    }
    void take_away(const Id& id) {
        std::erase(ended_, id);
        if (const auto split = std::find_if(given_out_.begin(), given_out_.end(), [&id](Split& one) { return one.id() == id; }); split != given_out_.end()) {
            Split one = std::move(*split); // first: revoked() may throw
            given_out_.erase(split);
            give_back(one);
        }
        let_go_ |= std::erase_if(saved_, [&id](const SavedSplit& saved) { return saved.id == id; }) != 0;
        for (auto split = arriving_.begin(); split != arriving_.end();) {
            if (split->id() == id) {
                give_back(*split);
                split = arriving_.erase(split);
            } else ++split;
        }
        if (Open* const split = find(id)) {
            split->leaves = true;
            split->part.stop(false);
        }
    }
    void give_back(Split& split) {
        if constexpr (requires { source_.get().revoked(std::move(split)); }) source_.get().revoked(std::move(split));
    }
    /// One that comes again waits until what was read of it before has gone through.
    void open_those_that_came() {
        for (auto split = arriving_.begin(); split != arriving_.end();) {
            const Id id = split->id();
            if (const Open* const same = find(id)) {
                if (not same->leaves) throw std::logic_error("from_splits: changes() gives a split with the id of one that is there");
                ++split;
                continue;
            }
            if (std::find(ended_.begin(), ended_.end(), id) == ended_.end()) open(id, std::move(*split));
            split = arriving_.erase(split);
        }
    }
    void open(const Id& id, Split&& split) {
        SplitBinding<Binding> binding(binding_, before_);
        auto opened = std::unique_ptr<Open>(new Open{id, Part(std::move(split), bind_split<Source>(ops_, binding), "split")});
        if (task_) opened->part.front().for_each_outlet([this](auto& outlet) { outlet.attach(*task_); });
        const auto saved = std::find_if(saved_.begin(), saved_.end(), [&id](const SavedSplit& one) { return one.id == id; });
        if (saved != saved_.end()) {
            if constexpr (Binding::durable) {
                Timestamp sent{}, told{};
                bool idle_waits = false; // these are the whole stream's
                LoadWalk parts(names_, StateReader(saved->state), binding_.memory().sources());
                opened->part.load(parts, sent, told, idle_waits);
                parts.finish();
            }
            saved_.erase(saved);
        }
        begun_ = true;
        open_.push_back(std::move(opened));
    }
    [[nodiscard]] Open* find(const Id& id) noexcept {
        for (const auto& split : open_)
            if (split->id == id) return split.get();
        return nullptr;
    }

    template <typename FeedOf>
    bool close_those_that_ended(FeedOf& feed) {
        bool closed = false;
        for (std::size_t i = 0; i < open_.size();) {
            if (not open_[i]->part.ended() || (cut_off() && not open_[i]->leaves)) { // one that was stopped has not said how far it is
                ++i;
                continue;
            }
            const std::unique_ptr<Open> split = std::move(open_[i]);
            open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i)); // first: revoked() may throw, and the split is counted once then too
            closed = true;
            rows_.goes(split->part);
            split->notice.cancel(); // before it moves
            if (split->leaves) give_back(split->part.input().source());
            else if (not stopped_) {
                ended_.push_back(split->id);
                if constexpr (requires { source_.get().revoked(std::declval<Split>()); }) given_out_.push_back(std::move(split->part.input().source()));
            }
        }
        if (closed || std::exchange(let_go_, false)) send_least(feed);
        return closed;
    }
    /// Whether nothing will come any more.
    [[nodiscard]] bool over() const noexcept {
        return (stopped_ || no_more_) && arriving_.empty() && std::all_of(open_.begin(), open_.end(), [](const auto& split) { return split->part.ended(); });
    }
    [[nodiscard]] bool cut_off() const noexcept { return stopped_ && not draining_; }

    /// In turn; but where watermarks differ, the split that is furthest behind goes first: a preference, so now and then one in turn.
    /// Before all others those that have been taken away: somebody waits to read them.
    [[nodiscard]] std::size_t next_turn() const noexcept {
        if (open_.empty()) return 0;
        for (std::size_t i = 0; i < open_.size(); ++i)
            if (open_[i]->leaves) return i;
        if (last_ % 64 == 63) return last_ / 64 % open_.size();
        const auto mark = [this](std::size_t i) { return open_[i]->part.ended() ? max_time : open_[i]->part.mark; };
        std::size_t least = last_ % open_.size();
        for (std::size_t i = 0; i < open_.size(); ++i)
            if (mark(i) < mark(least)) least = i;
        return least;
    }
    static Duration wait_of(const Part& part, const Drive& drive, Timestamp now, bool is_told) {
        const bool says_when = drive.retry_in != Duration::zero() && drive.retry_in != Duration::max();
        const Duration wait = says_when ? drive.retry_in : is_told ? Duration::max() : soon;
        const Timestamp deadline = part.deadline();
        return deadline == max_time ? wait : std::min(wait, std::max(deadline - now, Duration::zero()));
    }

    /// Hands on what a split gave, in order; false where the chain takes no more just now.
    template <typename FeedOf>
    bool give(Open& split, FeedOf& feed, std::size_t& limit) {
        half_given_ = &split;
        Part& part = split.part;
        auto& given = part.given();
        while (not given.empty()) {
            if (not feed.ready()) return false;
            if (given.at_signal()) {
                const SignalValue signal = given.take_signal();
                if (signal.kind == SignalValue::Kind::watermark) advance(part, signal.time, feed);
                if (signal.kind == SignalValue::Kind::own_mark) part.own_mark = signal.time;
                if (signal.kind == SignalValue::Kind::idle) fall_idle(part, feed);
                continue;
            }
            const auto events = given.run(limit);
            if (events.empty()) return false;
            if (events.front().mark > part.mark) advance(part, events.front().mark, feed);
            if (wake(part)) send_least(feed);
            if (not feed.ready()) return false;
            if constexpr (FeedOf::hears_own_marks) tell_own_mark(std::max(part.mark, part.own_mark), feed);
            --limit;
            given.drop(1);
            feed.event(std::move(events.front().event));
        }
        given.clear();
        half_given_ = nullptr;
        return true;
    }
    template <typename FeedOf>
    void advance(Part& part, Timestamp mark, FeedOf& feed) {
        const bool may_be_least = part.mark <= sent_ || part.idle;
        part.mark = std::max(part.mark, mark);
        if (wake(part) || (part.aligned && may_be_least)) send_least(feed);
    }
    /// It gives something again; true: it counts again, as it has caught up with what the others have reached meanwhile.
    bool wake(Part& part) noexcept {
        part.idle = idle_waits_ = false;
        const bool back = not part.aligned && part.mark >= sent_;
        part.aligned |= back;
        return back;
    }
    template <typename FeedOf>
    void fall_idle(Part& part, FeedOf& feed) {
        if (part.idle || part.mark == max_time) return;
        part.idle = true;
        part.aligned = false;
        send_least(feed);
    }
    /// The watermark is the least of the splits that count. Where none is left to wait for it is where the furthest of them was, and the stream is idle.
    template <typename FeedOf>
    void send_least(FeedOf& feed) {
        Timestamp least = max_time, furthest = min_time;
        bool active = false;
        const auto count = [&](const auto& split) {
            if (split.mark == max_time) return; // it has ended: that says nothing of the others
            active |= not split.idle;
            furthest = std::max(furthest, split.mark);
            if (split.aligned) least = std::min(least, split.mark);
        };
        for (const auto& split : open_) count(split->part);
        if (not no_more_)
            for (const SavedSplit& split : saved_) count(split);
        if (least != max_time) send(least, feed);
        if (active || not begun_ || over()) return;
        send(furthest, feed);
        idle_waits_ = true;
        say_idle(feed);
    }
    /// True: some have passed. They stand where nothing has been read that is not handed on.
    template <typename Here>
    bool pass_barriers(Here& here) {
        if (barriers_.empty() || half_given_) return false;
        if (std::any_of(open_.begin(), open_.end(), [](const auto& split) { return split->part.is_ending(); })) return false;
        for (const std::uint64_t epoch : barriers_) here.barrier(epoch);
        barriers_.clear();
        return true;
    }

    template <typename Marks>
    static void save(StateWriter& to, const Id& id, const Marks& split, const std::vector<std::byte>& state) {
        to.put(id);
        to.put(split.mark);
        to.put(split.idle);
        to.put(split.aligned);
        to.put(state);
    }
    static auto make_notice() {
        if constexpr (source_tells) return std::make_unique<Notice<Source>>();
        else return NoNotice{};
    }

    Held<S> source_;
    WEIR_NO_UNIQUE_ADDRESS decltype(make_notice()) notice_ = make_notice(); // goes before the source does
    Ops ops_;
    Binding binding_;
    Identities before_;
    Identities names_;
    SummedRows rows_;
    std::vector<std::unique_ptr<Open>> open_;
    Open* half_given_ = nullptr; // of what that one gave some still waits for room; then no other is read
    std::vector<Split> arriving_;      // not open yet
    std::vector<SavedSplit> saved_;
    std::vector<Id> ended_;            // not taken away yet
    std::vector<Split> given_out_;     // of these, which have to be given back then
    std::vector<std::uint64_t> barriers_; // asked for, not yet passed
    Timestamp look_at_ = min_time;        // when the source is asked again what has changed
    std::size_t last_ = 0;
    Task* task_ = nullptr;
    bool begun_ = false; // there has been a split
    bool no_more_ = false;
    bool let_go_ = false; // one that had not come will not
    bool stopped_ = false;
    bool draining_ = false;
};

template <typename S, typename Ops, typename Binding>
auto bind_splits(Held<S> source, Ops ops, Binding& binding) {
    binding.names().enter_path("split");
    Identities before = binding.names();
    static_cast<void>(bind_split<std::remove_reference_t<S>>(ops, binding)); // for the names: those of each split that will come
    binding.names().leave();
    return SplitsInput<S, Ops, Binding>(std::move(source), std::move(ops), binding, std::move(before));
}

} // namespace weir::detail
