// SPDX-License-Identifier: BSL-1.0
// Sessions behind a merge depend on how its inputs interleave: they are what the rules say of the interleaving that there was, event by
// event, as an operator in front of them has seen it; however it was run.
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using weir::Duration;
using weir::Timestamp;

struct In {
    int key;
    int number;
};
using Script = weir::TestStream<In>;

std::int64_t ticks(Timestamp t) { return t.time_since_epoch().count(); }
Timestamp at(std::int64_t t) { return Timestamp(Duration(t)); }

/// What came out of the merge, in order.
struct Seen {
    enum class Kind : unsigned char { event, mark, own_mark };
    Kind kind;
    std::int64_t time;
    In in{};
};

struct Seeing {
    using kind = weir::OperatorKind;
    template <typename S>
    using out = S;
    std::vector<Seen>* seen;
    bool forgets_own_marks;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        seen->push_back({Seen::Kind::event, ticks(event.time), event.value});
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        seen->push_back({Seen::Kind::mark, ticks(t)});
        next.on_watermark(t);
    }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) {
        seen->push_back({Seen::Kind::own_mark, ticks(t)});
        if (not forgets_own_marks) next.on_own_mark(t);
    }
};

using Row = std::tuple<int, std::int64_t, std::int64_t, std::vector<int>, bool>; // key, start, end, numbers in order, late
struct Result {
    std::vector<Row> rows;
    std::uint64_t late = 0;
    friend bool operator==(const Result&, const Result&) = default;
};

/// The rules: an event becomes one with the sessions that it touches, unless what they would be has gone by its own input's mark.
class Rules {
public:
    Rules(std::int64_t gap, std::int64_t lateness) : gap_(gap), lateness_(lateness) {}

    Result operator()(const std::vector<Seen>& all) {
        for (const Seen& seen : all) {
            if (seen.kind == Seen::Kind::own_mark) own_ = seen.time;
            else if (seen.kind == Seen::Kind::mark) advance(seen.time);
            else event(seen.in, seen.time);
        }
        return result_;
    }

private:
    struct Session {
        std::int64_t start;
        std::int64_t end;
        std::uint64_t order;
        int key;
        bool fired = false;
        std::vector<std::pair<std::uint64_t, std::vector<int>>> parts{}; // by their first events
        [[nodiscard]] Row row(bool late) const {
            std::vector<int> numbers;
            for (const auto& part : parts) numbers.insert(numbers.end(), part.second.begin(), part.second.end());
            return {key, start, end, numbers, late};
        }
    };
    void event(const In& in, std::int64_t time) {
        Session made{time, time + gap_, ++order_, in.key};
        std::vector<std::size_t> touched;
        for (bool grows = true; grows;) { // what it touches may reach others
            grows = false;
            for (std::size_t i = 0; i < open_.size(); ++i) {
                const Session& other = open_[i];
                if (other.key != in.key || other.start > made.end || other.end < made.start) continue;
                if (std::find(touched.begin(), touched.end(), i) != touched.end()) continue;
                touched.push_back(i);
                made.start = std::min(made.start, other.start);
                made.end = std::max(made.end, other.end);
                grows = true;
            }
        }
        if (made.end - 1 + lateness_ <= std::max(mark_, own_)) return void(++result_.late);
        for (const std::size_t i : touched) {
            made.order = std::min(made.order, open_[i].order);
            made.parts.insert(made.parts.end(), open_[i].parts.begin(), open_[i].parts.end());
        }
        std::sort(made.parts.begin(), made.parts.end());
        if (made.parts.empty()) made.parts.emplace_back(made.order, std::vector<int>());
        std::vector<int> numbers; // from now on they are one
        for (auto& part : made.parts) numbers.insert(numbers.end(), part.second.begin(), part.second.end());
        numbers.push_back(in.number);
        made.parts.assign(1, {made.order, numbers});
        std::sort(touched.rbegin(), touched.rend());
        for (const std::size_t i : touched) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
        made.fired = made.end - 1 <= mark_;
        if (made.fired) result_.rows.push_back(made.row(true));
        open_.push_back(made);
    }
    void advance(std::int64_t to) {
        mark_ = std::max(mark_, to);
        std::sort(open_.begin(), open_.end(), [](const Session& a, const Session& b) { return std::pair(a.end, a.order) < std::pair(b.end, b.order); });
        for (Session& session : open_)
            if (not session.fired && session.end - 1 <= mark_) result_.rows.push_back(session.row(false)), session.fired = true;
        std::erase_if(open_, [&](const Session& session) { return session.end - 1 + lateness_ <= mark_; });
    }

    std::int64_t gap_;
    std::int64_t lateness_;
    std::int64_t mark_ = -1'000'000;
    std::int64_t own_ = -1'000'000;
    std::uint64_t order_ = 0;
    std::vector<Session> open_;
    Result result_;
};

/// Inputs of different rates and disorder, some of whose events are late.
std::vector<Script> scripts(std::size_t n, std::uint64_t seed) {
    weir::Random random(seed);
    std::vector<Script> made(n);
    int number = 0;
    for (Script& script : made) {
        const auto step = random.between(1, 6), disorder = random.between(4, 24), allowed = random.between(0, disorder / 3);
        std::int64_t now = 30, latest = 0;
        for (auto left = random.between(10, 60); left > 0; --left) {
            now += static_cast<std::int64_t>(random.below(step + 1));
            const std::int64_t time = now - static_cast<std::int64_t>(random.below(disorder + 1));
            latest = std::max(latest, time);
            script.event({static_cast<int>(random.below(4)), number++}, at(time));
            if (random.one_in(2)) script.watermark(at(latest - static_cast<std::int64_t>(allowed) - 1));
            if (random.one_in(6)) script.advance(Duration(random.between(1, 9)));
        }
    }
    return made;
}

/// Of so many runs, how many give something else than the rules. joined(scripts): the inputs as one.
template <typename Joined>
int differing(std::size_t inputs, const Joined& joined, bool forgets = false) {
    int n = 0;
    for (std::uint64_t seed = 1; seed <= 80; ++seed) {
        const std::int64_t gap = 2 + static_cast<std::int64_t>(seed % 7), lateness = seed % 3 == 0 ? 5 : 0;
        weir::Simulation simulation(seed);
        std::vector<Seen> seen;
        Result result;
        const auto keep = [&](const auto& row) {
            result.rows.emplace_back(row.key, ticks(row.window.start), ticks(row.window.end), row.value, row.window.pane.timing == weir::Timing::late);
        };
        const weir::Report report = weir::run(joined(scripts(inputs, seed)) | Seeing{&seen, forgets} | weir::key_by(&In::key) |
                                                  weir::window(weir::session(Duration(gap)).allowed_lateness(Duration(lateness))) |
                                                  weir::aggregate(weir::collect(&In::number)) | weir::for_each(keep),
                                              simulation.options());
        result.late = report.at("aggregate#1").dropped(weir::Drop::late);
        n += result == Rules(gap, lateness)(seen) ? 0 : 1;
    }
    return n;
}

} // namespace

TEST_CASE("sessions behind a merge of two are those of the interleaving that there was") {
    const auto two = [](const auto& made) { return weir::merge(weir::from(Script(made[0])), weir::from(Script(made[1]))); };
    CHECK(differing(2, two) == 0);
    CHECK(differing(2, two, true) > 20); // the planted mistake: late is told by the watermark of all
}

TEST_CASE("sessions behind a merge of three, of which one has a thread of its own") {
    const auto three = [](const auto& made) {
        return weir::merge(weir::from(Script(made[0])), weir::from(Script(made[1])) | weir::stage({.capacity = 3}), weir::from(Script(made[2])));
    };
    CHECK(differing(3, three) == 0);
}
