// SPDX-License-Identifier: BSL-1.0
// What keeps state for each key and waits for the watermark, over random streams: process_keyed with timers, deduplicate.
#include "laws/agreement.hpp"

#include <map>

using namespace laws;
using weir::Duration;

namespace {

struct Account {
    std::int64_t sum = 0;
    int calls = 0;
    static constexpr auto fields() { return weir::fields("sum", &Account::sum, "calls", &Account::calls); }
};

/// What the user's functions do, through whatever context they are given: timers ahead, behind the watermark, doubled, deleted and
/// set by timers; state that is cleared.
template <typename Context>
void on_event(const In& in, Account& account, Context& context) {
    account.sum += in.value;
    ++account.calls;
    context.give(in.time, account);
    context.set(in.time + in.gap);
    if (in.value % 2 == 0) context.set(oracles::floor_to(in.time, 8) + 8); // the same for many
    if (in.value % 3 == 0) context.set(in.time - 20);
    if (in.value % 5 == 0) context.remove(oracles::floor_to(in.time, 8) + 8);
    if (in.value % 7 == 0) context.clear();
}
template <typename Context>
void on_timer(Time t, Account& account, Context& context) {
    context.give(t, account);
    ++account.calls;
    if (account.calls % 3 == 0) context.set(t + 5);
    if (account.calls % 4 == 0) context.set(t - 3); // in the past
    if (account.calls > 12) context.clear();
}

/// The real context, in these words.
template <typename Real>
struct Words {
    Real& real;
    void give(Time t, const Account& account) {
        const auto mark = real.watermark().time_since_epoch().count();
        real.emit({real.key(), t, mark, 0, account.calls, {account.sum}});
    }
    void set(Time t) { real.set_timer(streams::at(t)); }
    void remove(Time t) { real.delete_timer(streams::at(t)); }
    void clear() { real.clear(); }
};

/// Timers of a key and time once each, by time, then as they were set; those at or below the watermark directly behind what set them.
class Timers {
public:
    Expected operator()(const Steps& steps) {
        for (const Step& step : steps) {
            if (step.kind == Step::Kind::mark) advance(step.time);
            if (step.kind != Step::Kind::event) continue;
            begin(step.in.key, step.time);
            on_event(step.in, accounts_[key_], *this);
            settle();
            advance(mark_);
        }
        advance(streams::last_of_all);
        return std::move(result_);
    }
    void give(Time t, const Account& account) { result_.give({key_, t, mark_, 0, account.calls, {account.sum}}, time_); }
    void set(Time t) {
        if (std::none_of(timers_.begin(), timers_.end(), [&](const Timer& timer) { return timer.at == t && timer.key == key_; }))
            timers_.push_back({t, order_++, key_});
    }
    void remove(Time t) {
        std::erase_if(timers_, [&](const Timer& timer) { return timer.at == t && timer.key == key_; });
    }
    void clear() { cleared_ = true; }

private:
    struct Timer {
        Time at;
        std::uint64_t order;
        int key;
    };
    void begin(int key, Time time) {
        key_ = key;
        time_ = time;
    }
    void settle() {
        if (std::exchange(cleared_, false)) accounts_[key_] = {};
    }
    void advance(Time until) {
        until = std::max(until, mark_);
        for (;;) {
            const auto first = std::min_element(timers_.begin(), timers_.end(),
                                                [](const Timer& a, const Timer& b) { return std::pair(a.at, a.order) < std::pair(b.at, b.order); });
            if (first == timers_.end() || first->at > until) break;
            const Timer timer = *first;
            timers_.erase(first);
            mark_ = std::max(mark_, timer.at);
            result_.mark(timer.at - 1);
            begin(timer.key, timer.at);
            on_timer(timer.at, accounts_[key_], *this);
            settle();
        }
        mark_ = until;
        result_.mark(until);
    }

    Expected result_;
    std::map<int, Account> accounts_{};
    std::vector<Timer> timers_{};
    std::uint64_t order_ = 0;
    Time mark_ = streams::first_of_all;
    Time time_ = 0;
    int key_ = 0;
    bool cleared_ = false;
};

Expected once(const Steps& steps, Time within) {
    std::map<int, Time> known; // until the watermark reaches this
    Expected result;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::mark) {
            result.mark(step.time);
            std::erase_if(known, [&](const auto& entry) { return entry.second <= result.sent; });
        }
        if (step.kind != Step::Kind::event) continue;
        if (step.time <= result.sent) ++result.late;
        else if (known.contains(step.in.key)) ++result.duplicate;
        else {
            known[step.in.key] = step.time + within;
            result.give({step.in.key, step.time, 0, 0, 0, {step.in.value}}, step.time);
        }
    }
    result.mark(streams::last_of_all);
    return result;
}

/// The last of each key, when the watermark has reached the first one's time + limit - 1; the watermark stays behind by the limit,
/// and behind what waits.
Expected last_of_each(const Steps& steps, Time limit) {
    struct Waiting {
        Time due;
        In in;
        Time least;
    };
    std::vector<Waiting> all; // by due, then as they came
    Time mark = streams::first_of_all;
    Expected result;
    const auto send = [&](Time t) {
        for (const Waiting& waiting : all) t = std::min(t, waiting.least - 1);
        result.mark(t);
    };
    const auto advance = [&](Time until) {
        while (not all.empty() && all.front().due <= until) {
            const Waiting first = all.front();
            mark = std::max(mark, first.due);
            send(mark - 1 - limit);
            all.erase(all.begin());
            result.give({first.in.key, first.in.time, 0, 0, 0, {first.in.value}}, first.in.time);
        }
        mark = std::max(mark, until);
        send(mark == streams::last_of_all ? mark : mark - limit);
    };
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::mark) advance(step.time);
        if (step.kind != Step::Kind::event) continue;
        const auto same = std::find_if(all.begin(), all.end(), [&](const Waiting& waiting) { return waiting.in.key == step.in.key; });
        if (same != all.end()) {
            ++result.duplicate;
            same->in = step.in;
            same->least = std::min(same->least, step.in.time);
            continue;
        }
        const Waiting waiting{step.time + limit - 1, step.in, step.in.time};
        all.insert(std::find_if(all.begin(), all.end(), [&](const Waiting& other) { return other.due > waiting.due; }), waiting);
        if (waiting.due <= mark) advance(mark);
    }
    advance(streams::last_of_all);
    return result;
}

} // namespace

TEST_CASE("process_keyed with timers is what the rules say") {
    const auto make = [](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::key) |
               weir::process_keyed<Account, Row>(
                   [](const In& in, Account& account, auto& context) {
                       Words<std::remove_reference_t<decltype(context)>> words{context};
                       on_event(in, account, words);
                   },
                   [](weir::Timestamp t, Account& account, auto& context) {
                       Words<std::remove_reference_t<decltype(context)>> words{context};
                       on_timer(t.time_since_epoch().count(), account, words);
                   }) |
               std::move(sink);
    };
    const Oracle oracle = [](const Steps& steps) { return Timers()(steps); };
    agree_on_random(60, oracle, make, "process_keyed");
}

TEST_CASE("deduplicate is what the rules say") {
    for (const Time within : {Time{0}, Time{1}, Time{12}, Time{100}}) {
        INFO("within " << within);
        const auto make = [within](auto source, auto sink) {
            return std::move(source) | weir::micro_batch(3) | weir::unbatch() | weir::key_by(&In::key) |
                   weir::deduplicate({.ttl = Duration(within)}) | weir::map([](const In& in) { return Row{in.key, in.time, 0, 0, 0, {in.value}}; }) |
                   std::move(sink);
        };
        const Oracle oracle = [within](const Steps& steps) { return once(steps, within); };
        agree_on_random(20, oracle, make, "deduplicate");
    }
}

TEST_CASE("suppress is what the rules say") {
    for (const Time limit : {Time{0}, Time{1}, Time{12}, Time{100}}) {
        INFO("limit " << limit);
        const auto make = [limit](auto source, auto sink) {
            return std::move(source) | weir::key_by(&In::key) | weir::suppress(Duration(limit)) |
                   weir::map([](const In& in) { return Row{in.key, in.time, 0, 0, 0, {in.value}}; }) | std::move(sink);
        };
        const Oracle oracle = [limit](const Steps& steps) { return last_of_each(steps, limit); };
        agree_on_random(20, oracle, make, "suppress");
    }
}
