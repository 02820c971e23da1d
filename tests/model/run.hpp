// SPDX-License-Identifier: BSL-1.0
// One way through a program of several threads: who does the next step, and what it finds in memory.
#pragma once
#include "model/fiber.hpp"
#include "model/memory.hpp"
#include "model/search.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace model {

/// What of a program is looked at.
struct Bounds {
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    std::size_t preemptions = none; ///< how often a thread is made to wait though it could go on
    std::size_t stale = 2;          ///< how often a load returns what was overwritten
    std::size_t steps = 3000;       ///< more are taken for a loop without end
    std::size_t ways = 3'000'000;   ///< of them at most
};

/// What a thread does next that others can notice.
struct Action {
    enum class Kind : unsigned char { begin, load, look, store, exchange, fence, fence_of_all, lock, wait, notify };
    Kind kind = Kind::begin;
    std::size_t on = 0; // the atomic, or the lock, or the condition variable
    std::memory_order order = std::memory_order_relaxed;

    [[nodiscard]] bool is_load() const noexcept { return kind == Kind::load || kind == Kind::look; }
    [[nodiscard]] bool is_of_atomic() const noexcept { return kind == Kind::load || kind == Kind::store || kind == Kind::exchange; }
    [[nodiscard]] bool is_of_lock() const noexcept { return kind == Kind::lock || kind == Kind::wait || kind == Kind::notify; }

    /// Whether it matters which of two neighbours comes first.
    friend bool matters(const Action& a, const Action& b) noexcept {
        if (a.kind == Kind::begin || b.kind == Kind::begin) return false;
        if (a.kind == Kind::fence_of_all || b.kind == Kind::fence_of_all) return true;
        if (a.is_load() && b.is_load()) return is_total(a.order) && is_total(b.order);
        if (a.kind == Kind::look || b.kind == Kind::look) return true;
        if (is_total(a.order) && is_total(b.order)) return true;
        return (a.is_of_lock() && b.is_of_lock()) || (a.is_of_atomic() && b.is_of_atomic() && a.on == b.on);
    }
};

/// The threads, locks and memory of a program while it runs one way. There is one at a time.
class Run {
public:
    Run(Search& search, const Bounds& bounds) : search_(search), bounds_(bounds) { current_ = this; }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() {
        forget();
        current_ = nullptr;
    }
    [[nodiscard]] static Run& current() noexcept { return *current_; }

    // --- for the program

    void thread(std::function<void()> body) { threads_.at(count_++).body = std::move(body); }
    /// Called when all threads have ended.
    void finally(std::function<void()> check) { check_ = std::move(check); }
    /// This way is wrong: it is left here and now.
    void fail(std::string text) {
        if (failure_.empty()) failure_ = std::move(text);
        if (running_ != own) leave();
    }

    // --- for whoever explores it

    void go() {
        for (std::size_t t = 0; t < count_; ++t) {
            threads_[t].sight.now = threads_[own].sight.now;
            threads_[t].sight.now.threads[t] = 1;
            threads_[t].fiber.begin(&Run::live, this);
        }
        if (count_ != 0) {
            choose_next();
            if (next_ != own) switch_to_next();
        }
        running_ = own;
        if (not failure_.empty() || left_) return;
        for (std::size_t t = 0; t < count_; ++t) threads_[own].sight.now.join(threads_[t].sight.now);
        if (check_) check_();
    }
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
    [[nodiscard]] std::string story() const {
        constexpr const char* names[] = {"begins", "load", "looks", "store", "exchange", "fence", "fence of thread", "lock", "sleep on", "notify"};
        std::string text;
        for (const Line& line : story_) {
            text += fmt::format("\n  thread {}: {}", line.thread + 1, names[static_cast<std::size_t>(line.action.kind)]);
            if (line.action.kind == Action::Kind::begin) continue;
            text += fmt::format(" {}", line.action.on);
            if (line.action.is_of_atomic()) text += fmt::format(" = {}{}", line.word, line.ago != 0 ? fmt::format(", {} stores ago", line.ago) : "");
        }
        return text;
    }
    void begin_again() {
        forget();
        memory_.clear();
        locks_.clear();
        sleepers_.clear();
        story_.clear();
        failure_.clear();
        for (Thread& t : threads_) {
            t.state = State::ready;
            t.pending = {};
            t.sight = {};
            t.looks = t.in_vain = 0;
            t.timed = t.over = false;
        }
        count_ = 0;
        steps_ = preemptions_ = stale_ = 0;
        asleep_ = 0;
        now_ = {};
        left_ = false;
    }

    /// The number of the thread that is running; the test itself has one, too.
    [[nodiscard]] std::size_t thread() const noexcept { return running_; }

    // --- for atomics, locks and watched objects

    std::size_t add_atomic(std::uint64_t word) { return memory_.add(word); }
    std::size_t add_lock() { return locks_.emplace_back(), locks_.size() - 1; }
    std::size_t add_sleepers() { return sleepers_.emplace_back(), sleepers_.size() - 1; }

    std::uint64_t load(std::size_t atomic, std::memory_order order) {
        act({Action::Kind::load, atomic, order});
        const std::size_t ago = looking() ? 0 : stale(atomic, order);
        const std::uint64_t word = memory_.load(sight(), atomic, ago, order);
        tell(word, ago);
        return word;
    }
    void store(std::size_t atomic, std::uint64_t word, std::memory_order order) {
        act({Action::Kind::store, atomic, order});
        memory_.store(sight(), atomic, word, order);
        passed(word);
    }
    template <typename Change>
    std::uint64_t exchange(std::size_t atomic, Change change, std::memory_order order) {
        act({Action::Kind::exchange, atomic, order});
        const std::uint64_t before = memory_.exchange(sight(), atomic, change, order);
        passed(memory_.value(atomic, 0));
        return before;
    }
    /// True: it was `expected`, and now is `word`; else `expected` is what it was.
    bool compare_exchange(std::size_t atomic, std::uint64_t& expected, std::uint64_t word, std::memory_order order) {
        const bool may_fail = looking() && memory_.value(atomic, 0) != expected; // in a loop, then one more look in vain
        act({may_fail ? Action::Kind::load : Action::Kind::exchange, atomic, order});
        const std::memory_order otherwise = order == std::memory_order_acq_rel ? std::memory_order_acquire : order == std::memory_order_release ? std::memory_order_relaxed : order;
        std::size_t ago = looking() ? 0 : stale(atomic, otherwise);
        if (memory_.value(atomic, ago) == expected) ago = 0; // only the latest can be exchanged
        if (memory_.value(atomic, ago) == expected) {
            memory_.exchange(sight(), atomic, [word](std::uint64_t) { return word; }, order);
            passed(word);
            return true;
        }
        expected = memory_.load(sight(), atomic, ago, otherwise);
        tell(expected, ago);
        return false;
    }
    void fence(std::memory_order order) {
        act({Action::Kind::fence, 0, order});
        memory_.fence(sight(), order);
        ++sight().now.threads[running_];
    }
    /// Each thread runs a fence, at some time between the beginning and the end of this one.
    void fence_of_all() {
        fence(std::memory_order_seq_cst);
        for (std::size_t t = 0; t < count_; ++t) {
            if (t == running_) continue;
            act({Action::Kind::fence_of_all, t, std::memory_order_seq_cst});
            memory_.fence(threads_[t].sight, std::memory_order_seq_cst);
            ++threads_[t].sight.now.threads[t];
        }
        fence(std::memory_order_seq_cst);
    }
    void lock(std::size_t lock) {
        act({Action::Kind::lock, lock, std::memory_order_relaxed});
        take(lock);
    }
    void unlock(std::size_t lock) {
        locks_[lock].view = sight().now;
        ++sight().now.threads[running_];
        locks_[lock].taken = false;
    }
    /// True: somebody notified; false: `timed`, and its time is over.
    bool sleep(std::size_t sleepers, std::size_t held, bool timed) {
        act({Action::Kind::wait, sleepers, std::memory_order_relaxed});
        unlock(held);
        Thread& self = threads_[running_];
        self.state = State::asleep;
        self.sleeps_on = sleepers;
        self.timed = timed;
        self.over = false;
        self.pending = {Action::Kind::lock, held, std::memory_order_relaxed};
        suspend();
        self.timed = false;
        take(held);
        return not self.over;
    }
    void notify(std::size_t sleepers, bool all) {
        act({Action::Kind::notify, sleepers, std::memory_order_relaxed});
        std::array<std::size_t, max_threads> of{};
        std::size_t n = 0;
        for (std::size_t t = 0; t < count_; ++t)
            if (threads_[t].state == State::asleep && threads_[t].sleeps_on == sleepers) of[n++] = t;
        if (all)
            for (std::size_t i = 0; i < n; ++i) threads_[of[i]].state = State::ready;
        else if (n != 0) threads_[of[search_.choose(n)]].state = State::ready;
    }
    /// What follows until the next change are looks in vain, perhaps many: they all look at the same moment. Others can come before the
    /// first of them; what a loop sees that looks while they do, a loop sees that begins later.
    void look() {
        Thread& self = threads_[running_];
        if (running_ == own || self.looks != 0) return;
        act({Action::Kind::look, 0, std::memory_order_seq_cst});
        self.looks = 1;
    }
    void touch(const void* object, bool writes) {
        if (running_ != own && not memory_.touch(sight(), running_, object, writes)) fail("a race: two threads use the same object, with nothing between them");
    }
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept { return now_; }
    void sleep_until(std::chrono::steady_clock::time_point deadline) noexcept { next_deadline_ = deadline; }

private:
    enum class State : unsigned char { ready, asleep, ended };
    struct Thread {
        std::function<void()> body;
        State state = State::ready;
        Action pending{};
        Sight sight{};
        std::size_t sleeps_on = 0;
        std::size_t looks = 0;   // since the last change of its own
        std::size_t in_vain = 0; // looked so often that others must come first
        bool timed = false;      // asleep, but not for ever
        bool over = false;
        Fiber fiber{};
    };
    struct Lock {
        bool taken = false;
        View view{};
    };
    struct Line {
        std::size_t thread;
        Action action;
        std::uint64_t word;
        std::size_t ago;
    };
    static constexpr std::size_t own = max_threads - 1; // not a thread of the program: the test before and after
    static constexpr std::size_t patience = 200;        // looks

    /// The program's objects go while the memory is there that they ask.
    void forget() {
        running_ = own;
        check_ = nullptr;
        for (Thread& t : threads_) t.body = nullptr;
    }
    [[nodiscard]] Sight& sight() noexcept { return threads_[running_].sight; }
    [[nodiscard]] bool looking() const noexcept { return running_ == own || threads_[running_].looks != 0; }

    /// Comes back when it is this thread's turn to do it.
    void act(Action action) {
        if (running_ == own) return;
        Thread& self = threads_[running_];
        if (++steps_ > bounds_.steps) fail("a loop without end");
        if (self.looks != 0 && action.is_load()) {
            if (++self.looks % patience != 0) return;
            action = {Action::Kind::look, 0, std::memory_order_seq_cst};
            self.in_vain = 1;
        } else {
            self.looks = 0;
        }
        self.pending = action;
        suspend();
        story_.push_back({running_, action, 0, 0});
    }
    void suspend() {
        const std::size_t self = running_;
        choose_next();
        if (next_ != self) switch_to_next();
    }
    [[nodiscard]] bool can_go_on(const Thread& t) const {
        return t.state != State::ended && (t.state == State::ready || t.timed) && (t.pending.kind != Action::Kind::lock || not locks_[t.pending.on].taken);
    }

    /// Who is next; the test itself when all have ended, or this way ends here.
    void choose_next() {
        std::array<std::size_t, max_threads> of{};
        std::size_t n = 0;
        const auto may_begin = [this](std::size_t t) { return can_go_on(threads_[t]) && threads_[t].state == State::ready && threads_[t].in_vain == 0; };
        const bool goes_on = running_ != own && may_begin(running_);
        if (goes_on) of[n++] = running_;
        const bool more = preemptions_ < bounds_.preemptions;
        for (std::size_t t = 0; t < count_; ++t)
            if ((not goes_on || (more && t != running_)) && may_begin(t)) of[n++] = t;
        for (std::size_t t = 0; t < count_; ++t) // time may be over for some at any moment; who looked in vain waits for a change
            if (can_go_on(threads_[t]) && (threads_[t].state == State::asleep ? more || n == 0 : n == 0)) of[n++] = t;
        if (n == 0) return end();
        std::array<std::size_t, max_threads> awake{};
        std::size_t m = 0;
        for (std::size_t i = 0; i < n; ++i)
            if ((asleep_ >> of[i] & 1U) == 0) awake[m++] = of[i];
        if (m == 0) return left_ = true, void(next_ = own);
        const std::size_t chosen = search_.choose(m);
        next_ = awake[chosen];
        if (goes_on ? next_ != running_ : threads_[next_].state == State::asleep) ++preemptions_;
        Thread& t = threads_[next_];
        if (bounds_.preemptions == Bounds::none) { // of two neighbours that do not matter to each other one order is enough: sleep sets
            for (std::size_t i = 0; i < chosen; ++i) asleep_ |= 1U << awake[i];
            for (std::size_t other = 0; other < count_; ++other)
                if (matters(threads_[other].pending, t.pending)) asleep_ &= ~(1U << other);
        }
        if (t.state == State::asleep) {
            t.state = State::ready;
            t.over = true;
            now_ = std::max(now_, next_deadline_);
            asleep_ = 0;
        }
        t.in_vain = 0;
        if (not t.pending.is_load())
            for (Thread& other : threads_) other.in_vain = 0;
    }
    void end() {
        next_ = own;
        std::string sleepers;
        for (std::size_t t = 0; t < count_; ++t)
            if (threads_[t].state != State::ended) sleepers += fmt::format(" {}", t + 1);
        if (not sleepers.empty() && failure_.empty()) failure_ = "they sleep for ever, threads" + sleepers;
    }
    void switch_to_next() {
        Fiber& from = threads_[running_].fiber;
        running_ = next_;
        threads_[running_].fiber.switch_from(from);
    }
    void leave() {
        next_ = own;
        switch_to_next();
    }
    static void live(void* arg) {
        Run& run = *static_cast<Run*>(arg);
        Thread& self = run.threads_[run.running_];
        try {
            self.body();
        } catch (const std::exception& e) {
            if (run.failure_.empty()) run.failure_ = fmt::format("thread {} throws: {}", run.running_ + 1, e.what());
            run.leave();
        }
        self.state = State::ended;
        run.choose_next();
        run.switch_to_next();
    }

    [[nodiscard]] std::size_t stale(std::size_t atomic, std::memory_order order) {
        if (running_ == own || stale_ >= bounds_.stale) return 0;
        const std::size_t ago = search_.choose(memory_.oldest(sight(), atomic, order) + 1);
        stale_ += ago != 0;
        return ago;
    }
    void take(std::size_t lock) {
        locks_[lock].taken = true;
        sight().now.join(locks_[lock].view);
    }
    void tell(std::uint64_t word, std::size_t ago) {
        if (running_ == own || looking()) return;
        story_.back().word = word;
        story_.back().ago = ago;
    }
    /// A change that others may see: what this thread does from here on is later.
    void passed(std::uint64_t word) {
        ++sight().now.threads[running_];
        threads_[running_].looks = 0;
        tell(word, 0);
    }

    static inline Run* current_ = nullptr;

    Search& search_;
    const Bounds& bounds_;
    Memory memory_;
    std::array<Thread, max_threads> threads_;
    std::vector<Lock> locks_;
    std::vector<char> sleepers_;
    std::vector<Line> story_;
    std::function<void()> check_;
    std::string failure_;
    std::size_t count_ = 0;
    std::size_t running_ = own;
    std::size_t next_ = own;
    std::size_t steps_ = 0;
    std::size_t preemptions_ = 0;
    std::size_t stale_ = 0;
    unsigned asleep_ = 0; // threads whose next action was tried here already, and with which nothing has changed since
    std::chrono::steady_clock::time_point now_{};
    std::chrono::steady_clock::time_point next_deadline_{};
    bool left_ = false;
};

} // namespace model
