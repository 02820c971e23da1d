// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/core/buffer.hpp>
#include <weir/run/graph.hpp>
#include <weir/run/shared_work.hpp>
#include <weir/run/source_parts.hpp>
#include <weir/source/batches.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// A copy of the front of a chain, which one worker at a time has, and then the task behind, until it has taken what there is.
template <typename Front>
struct FrontCopy {
    Front chain;
    std::uint64_t handed = 0;   // events, of all its parts,
    std::uint64_t told = 0;     // and how many of them the crew knows of
    std::size_t part = 0;       // the number of the last one
    std::size_t granted = 0;    // bytes that its outputs may have
    bool is_full = false;       // it has gathered as much as it may,
    bool is_offered = false;    // which the task behind is to take before it goes on
    std::exception_ptr error{}; // that ended it,
    ReportWalk::Thrown thrown{}; // and where
    std::vector<OperatorReport> counts{};      // as they are told,
    std::vector<OperatorReport> next_counts{}; // and as they are being made, or were before the last part
};

/// The link of a chain's last operator.
template <typename L>
auto& last_link_of(L& link) noexcept {
    if constexpr (HasNextLink<std::remove_cvref_t<decltype(link.next())>>) return last_link_of(link.next());
    else return link;
}
/// A copy of a chain has had all of a part.
template <typename Front>
void end_part(Front& chain) {
    if constexpr (HasNextLink<Front>) {
        auto& last = last_link_of(chain).op();
        if constexpr (requires { last.end_part(); }) last.end_part();
    }
}

/// What the workers of a job and the task behind them share: the parts of the source, taken in order, and what has come of them, which is
/// given in the same order. There are a few more copies of the front than workers; who finds none that is free waits, so that no more
/// than these is ever held. Whose outputs are more than there is room for waits, unless it is its turn: then it hands them over piece by
/// piece. An error ends the taking of parts and is given in its turn, as if the parts had been read one behind the other.
template <typename Source, typename Front>
class Crew {
public:
    using Copy = FrontCopy<Front>;
    static constexpr bool gives = requires(Front& front) { last_of(front).allow(std::size_t{}); }; // it ends in Outputs
    /// It ends in an operator that gathers, and says how much that is.
    static constexpr bool hands_over = [] {
        if constexpr (gives || not HasNextLink<Front>) return false;
        else return requires(Front& front) { last_link_of(front).op().has_gathered(std::size_t{}); };
    }();
    enum class Taken : unsigned char { part, wait, full /**< all copies have something that is not given yet */, later /**< nobody else gets one before */, none };

    /// copies: of the front, which are added.
    Crew(SourceParts<Source> parts, MemoryBudget& memory, std::size_t copies) : parts_(std::move(parts)), memory_(memory) {
        if constexpr (gives) granted_at_once_ = std::clamp(memory.bytes() / (8 * copies), std::size_t{4} << 10U, std::size_t{256} << 10U);
        if constexpr (hands_over) gathered_ = memory.share().among(2 * copies);
    }

    /// Before it begins.
    void add(Front chain) {
        free_.push_back(copies_.emplace_back(std::make_unique<Copy>(Copy{std::move(chain)})).get());
        done_.reserve(free_.capacity());
        if constexpr (gives) last_of(free_.back()->chain).allow(free_.back()->granted = granted_at_once_);
    }
    void add(Task& worker) { workers_.push_back(&worker); }
    void attach(Task& behind) noexcept { behind_ = &behind; }
    /// The rows of the Report that copies count for are below this. Before it begins, when all have been added.
    void counts_to(std::size_t operators) {
        for (const auto& copy : copies_) {
            copy->counts.resize(operators);
            copy->next_counts.resize(operators);
        }
        in_before_.resize(operators);
    }
    bool is_watched = false;   ///< somebody wants to know how far it has come

    /// Workers wait, until open(): something else is read before.
    void hold() noexcept { held_ = true; }
    void open() {
        {
            const std::scoped_lock lock(mutex_);
            held_ = false;
        }
        wake_workers();
    }

    /// For a worker, or for the task behind while they are held: the next part and a copy to handle it with; later: it has the copy already, and
    /// is to ask again after await_part().
    Taken take(std::optional<BatchInput<Source>>& input, Copy*& copy, bool is_worker = true) {
        bool reads = true, rest = false;
        {
            const std::scoped_lock lock(mutex_);
            if (copy == nullptr) {
                if (closed_ && not has_rest_) return dismissed_ ? Taken::none : Taken::wait;
                if (is_taking_ || free_.empty() || (held_ && is_worker)) {
                    somebody_waits_ = true;
                    return free_.empty() && not held_ ? Taken::full : Taken::wait;
                }
                copy = free_.back();
                free_.pop_back();
                is_taking_ = true;
            }
            rest = has_rest_;
            reads = rest || not closed_;
        }
        bool there = true, has_part = false, wakes = false, over = false;
        SourceBytes read{};
        try {
            const std::optional<bool> next = reads ? parts_.next(input, rest) : false;
            if (not next) return Taken::later;
            has_part = there = *next;
            if (is_watched) read = parts_.measure();
        } catch (...) { // it is given in its turn
            copy->error = std::current_exception();
        }
        {
            const std::scoped_lock lock(mutex_);
            is_taking_ = false;
            has_rest_ = has_rest_ && has_part && not copy->error;
            wakes = std::exchange(somebody_waits_, false);
            if (read.read != 0) read_.bytes = read;
            if (there) {
                copy->part = next_++;
            } else {
                closed_ = true;
                over = dismissed_;
                free_.push_back(std::exchange(copy, nullptr));
            }
        }
        if (not there) behind_->wake();
        if (wakes) wake_workers();
        if (there) {
            if (has_part) begin(input, *copy); // also behind an error: others wait for what it finds
            return Taken::part;
        }
        return over ? Taken::none : Taken::wait;
    }
    /// For who is to ask later.
    void await_part(std::stop_token stop, std::chrono::steady_clock::time_point deadline) { parts_.wait(std::move(stop), deadline); }
    /// Goes on where operators of a copy have waited for room; false: they wait still, until it is told.
    bool resume(Copy& copy) {
        if constexpr (gives)
            while (not copy.chain.resume())
                if (not make_room(copy)) return false;
        return true;
    }
    /// How many of so many events a copy takes at once, so that operators that cannot wait do not give much more than there is room for,
    /// nor gather much more than they may.
    [[nodiscard]] std::size_t at_once(Copy& copy, std::size_t events) const noexcept {
        if constexpr (gives) {
            const std::uint64_t given = last_of(copy.chain).arrived(0);
            if (copy.handed == 0) return std::min<std::size_t>(events, 16); // of which nothing is known yet
            if (given > copy.handed && events != 0) return std::max<std::size_t>(events / static_cast<std::size_t>(given / copy.handed + 1), 1);
        }
        if constexpr (hands_over) return std::min(events, last_link_of(copy.chain).op().events_in(gathered_->bytes() / 8));
        return events;
    }
    /// Whether the outputs of a copy have taken the room that they had, and there is more, as they are smaller than it was thought.
    [[nodiscard]] static bool has_more_room(Copy& copy) {
        if constexpr (gives) return last_of(copy.chain).room() == 0 && last_of(copy.chain).allow(copy.granted);
        else return false;
    }
    /// More room for the outputs of a copy; false: it has to wait, until it is told.
    bool make_room(Copy& copy) {
        if constexpr (gives) {
            auto& outputs = last_of(copy.chain);
            if (outputs.allow(copy.granted)) return true; // it was thought that they were greater
            bool awaited = false;
            {
                const std::scoped_lock lock(mutex_);
                awaited = copy.part == given_;
                if (awaited ? has_piece_ : more_granted_ + granted_at_once_ > most_granted()) {
                    somebody_waits_ = true;
                    return false;
                }
                if (awaited) {
                    outputs.give(piece_);
                    has_piece_ = true;
                    granted_to_piece_ = std::exchange(copy.granted, granted_at_once_) - granted_at_once_;
                } else {
                    more_granted_ += granted_at_once_;
                    copy.granted += granted_at_once_;
                }
            }
            outputs.allow(copy.granted);
            if (awaited) behind_->wake();
        }
        return true;
    }
    /// Before it goes on: what a copy has gathered, if it is as much as it may be, is handed over in its turn; false: it has to wait, until it is told.
    bool hand_over(Copy& copy) {
        if constexpr (hands_over) {
            if (not copy.is_full && not last_link_of(copy.chain).op().has_gathered(gathered_->bytes())) return true;
            copy.is_full = true;
            {
                const std::scoped_lock lock(mutex_);
                if (copy.is_offered) {
                    if (offered_ == &copy) return false;
                    copy.is_full = copy.is_offered = false;
                    return true;
                }
                if (copy.part != given_) {
                    somebody_waits_ = true;
                    return false;
                }
                offered_ = &copy;
                copy.is_offered = true;
            }
            behind_->wake();
            return false;
        }
        return true;
    }
    /// It has been handled, or has thrown.
    void finish(Copy* copy) {
        bool awaited = false;
        ReportWalk walk(copy->next_counts);
        copy->chain.report(walk, copy->handed);
        copy->thrown = walk.thrown;
        {
            const std::scoped_lock lock(mutex_);
            copy->counts.swap(copy->next_counts);
            if (copy->error) closed_ = true;
            read_.events += copy->handed - std::exchange(copy->told, copy->handed);
            done_.push_back(copy);
            awaited = copy->part == given_;
        }
        if (awaited) behind_->wake();
    }

    /// For a worker: does a piece of what the task behind shares with it; false: there is none.
    bool help() {
        const SharedWork::Did did = work_.help();
        if (did == SharedWork::Did::last) behind_->wake();
        return did != SharedWork::Did::nothing;
    }

    /// For the task behind: what has come of the next part; null: not yet, or never, which ended() says.
    Copy* next() {
        const std::scoped_lock lock(mutex_);
        const auto at = place();
        if (at == done_.end() || has_piece_) return nullptr;
        Copy* const copy = *at;
        done_.erase(at);
        return copy;
    }
    /// What has come of it before the rest; null: nothing. It is had until piece_taken().
    [[nodiscard]] auto* piece() {
        const std::scoped_lock lock(mutex_);
        return has_piece_ ? &piece_ : nullptr;
    }
    /// A copy that hands over what it has gathered, or null. It is had until taken_over().
    [[nodiscard]] Copy* offered() {
        const std::scoped_lock lock(mutex_);
        return offered_;
    }
    void taken_over() {
        {
            const std::scoped_lock lock(mutex_);
            offered_ = nullptr;
        }
        wake_workers();
    }
    void piece_taken() {
        piece_.clear();
        bool wakes = false;
        {
            const std::scoped_lock lock(mutex_);
            has_piece_ = false;
            more_granted_ -= granted_to_piece_;
            wakes = std::exchange(somebody_waits_, false);
        }
        if (wakes) wake_workers();
    }
    [[nodiscard]] bool ended() {
        const std::scoped_lock lock(mutex_);
        return is_over();
    }
    /// A copy in which operators may have something to give behind all parts; to be finished as one more of these. It is the one that was
    /// given back last, in which they may wait for room.
    Copy* take_rest() {
        const std::scoped_lock lock(mutex_);
        Copy* const copy = free_.back();
        free_.pop_back();
        copy->part = next_++;
        return copy;
    }
    /// It has been taken.
    void give_back(Copy* copy) {
        bool wakes = false;
        [[maybe_unused]] const std::size_t granted = std::exchange(copy->granted, granted_at_once_);
        if constexpr (gives) {
            auto& outputs = last_of(copy->chain);
            if (outputs.capacity_bytes() > 8 * granted_at_once_ && outputs.capacity_bytes() > most_granted() / copies_.size()) outputs.free_memory();
            outputs.allow(granted_at_once_);
        }
        {
            const std::scoped_lock lock(mutex_);
            ++given_;
            for (std::size_t id = 0; id < in_before_.size(); ++id) in_before_[id] += copy->counts[id].in - copy->next_counts[id].in;
            if constexpr (gives) more_granted_ -= granted - granted_at_once_;
            wakes = std::exchange(somebody_waits_, false);
            free_.push_back(copy);
        }
        if (wakes) wake_workers();
    }
    /// Before it begins: workers stay until they are dismissed.
    void keep_workers() noexcept { dismissed_ = false; }
    /// Workers do this beside the parts: op.work(piece) for so many pieces.
    template <typename Op>
    void share(std::size_t pieces, Op& op) {
        work_.begin(pieces, [](void* on, std::size_t piece) { static_cast<Op*>(on)->work(piece); }, &op);
        wake_workers();
    }
    [[nodiscard]] SharedWork& shared() noexcept { return work_; }
    void dismiss() {
        {
            const std::scoped_lock lock(mutex_);
            if (std::exchange(dismissed_, true)) return;
        }
        wake_workers();
    }
    /// No further parts are read; those that were begun are given.
    void close() {
        {
            const std::scoped_lock lock(mutex_);
            closed_ = true;
        }
        wake_workers();
    }
    /// A part to which others still write ends where it has been read to; `drains`: with what it has read in part.
    enum class Stop : unsigned char { none, stop, drain };
    void stop(Stop how) {
        {
            const std::scoped_lock lock(mutex_);
            if (LiveParts<Source> && how == Stop::drain && stopped() == Stop::none && not closed_) has_rest_ = true;
            stopped_.store(how, std::memory_order_release);
        }
        close();
    }
    [[nodiscard]] Stop stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
    /// Hands on some of a part, or of what is left of it then.
    template <typename FeedOf>
    Drive read_part(BatchInput<Source>& part, FeedOf& feed, std::size_t limit) {
        if constexpr (LiveBatches<Source>) {
            if (const Stop how = stopped(); how != Stop::none && part.waits_outside()) {
                if (how == Stop::drain) part.drain();
                return part.rest(feed, limit);
            }
        }
        return part.drive(feed, limit, Timestamp{});
    }
    /// By the task behind.
    [[nodiscard]] Measured measured() {
        const std::scoped_lock lock(mutex_);
        if (held_ && is_watched) read_.bytes = parts_.measure(); // nobody else takes parts
        return read_;
    }
    /// Nobody wants what workers have: they need not finish it.
    void leave() {
        left_.store(true, std::memory_order_release);
        work_.cancel();
        dismiss();
        close();
    }
    [[nodiscard]] bool left() const noexcept { return left_.load(std::memory_order_acquire); }
    void report(ReportWalk& walk, std::uint32_t first, std::uint32_t last) {
        const std::scoped_lock lock(mutex_);
        for (std::uint32_t id = first; id < last; ++id) {
            OperatorReport& row = walk.cleared_row(id);
            for (const auto& copy : copies_) add(row, copy->counts[id]);
        }
    }
    /// Where the error of a copy was thrown, as if the parts had been read one behind the other.
    [[nodiscard]] ReportWalk::Thrown thrown(const Copy& copy) const {
        ReportWalk::Thrown at = copy.thrown;
        if (at.id >= in_before_.size()) return at;
        const std::uint64_t others = in_before_[at.id] - copy.next_counts[at.id].in;
        if (at.first != 0) at.first += others;
        at.last += others;
        return at;
    }

private:
    void begin(std::optional<BatchInput<Source>>& input, Copy& copy) {
        try {
            parts_.begin(input);
        } catch (...) {
            copy.error = std::current_exception();
        }
    }
    /// To all copies, beside what each has at once: a growing buffer takes twice as much. More would only make the caches miss.
    [[nodiscard]] std::size_t most_granted() { return std::min(memory_.bytes() / 16, std::size_t{64} << 20); }
    struct NoOutputs {};
    static auto no_outputs() {
        if constexpr (gives) return Buffer<typename decltype(last_of(std::declval<Front&>()).all())::element_type>();
        else return NoOutputs{};
    }
    [[nodiscard]] auto place() {
        return std::find_if(done_.begin(), done_.end(), [this](const Copy* copy) { return copy->part == given_; });
    }
    [[nodiscard]] bool is_over() const noexcept { return closed_ && not is_taking_ && not has_rest_ && given_ == next_; }
    void wake_workers() {
        for (Task* worker : workers_) worker->wake();
    }
    static void add(OperatorReport& to, const OperatorReport& from) {
        to.in += from.in;
        to.out += from.out;
        to.passed += from.passed;
        to.held += from.held;
        for (std::size_t i = 0; i < drop_reasons; ++i) to.drops[i] += from.drops[i];
        to.late_in_some += from.late_in_some;
        to.evicted_keys += from.evicted_keys;
        to.spilled += from.spilled;
    }

    SourceParts<Source> parts_; // used by one at a time: who is taking
    MemoryBudget& memory_;
    std::size_t granted_at_once_ = 0; // to a copy
    std::mutex mutex_;
    std::size_t next_ = 0;  // part to be taken
    std::size_t given_ = 0; // parts that the task behind has had
    bool closed_ = false;   // no further parts,
    bool dismissed_ = true;  // workers end then
    bool is_taking_ = false; // but for one that is being taken,
    bool has_rest_ = false;  // or what the source has read in part
    bool somebody_waits_ = false; // for a part or a copy
    bool held_ = false;
    std::optional<MemoryBudget::Share> gathered_; // of a copy
    Copy* offered_ = nullptr;
    bool has_piece_ = false; // of the part that is given next
    decltype(no_outputs()) piece_ = no_outputs();
    std::size_t granted_to_piece_ = 0;
    std::size_t more_granted_ = 0; // than each copy has
    std::atomic<bool> left_{false};
    std::atomic<Stop> stopped_{Stop::none};
    Measured read_{};
    std::vector<std::unique_ptr<Copy>> copies_;
    std::vector<Copy*> free_;
    std::vector<Copy*> done_;
    std::vector<std::uint64_t> in_before_; // of each operator, in the parts that the task behind has had
    std::vector<Task*> workers_;
    Task* behind_ = nullptr;
    SharedWork work_;
};

} // namespace weir::detail
