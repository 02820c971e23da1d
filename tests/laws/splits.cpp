// SPDX-License-Identifier: BSL-1.0
// Splits that come and go at any event of a simulated job: idle ones, one that lags, ones that end, ones that are taken away and come back behind
// what another reader has read meanwhile; with pauses, stops, drains, queues of one, checkpoints and crashes.
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using weir::Timestamp;

struct Reading {
    std::size_t split = 0;
    std::size_t number = 0;
    Timestamp time{};
};
constexpr weir::Duration ns(std::uint64_t n) { return weir::Duration(static_cast<weir::Duration::rep>(n)); }

/// What the stream's watermark has to be, worked out from what was asked of the splits, one thing after the other.
class Model {
public:
    void open(std::size_t split) { told_.push_back({Kind::open, split, {}, 0}); }
    void event(const Reading& reading, Timestamp mark) { told_.push_back({Kind::event, reading.split, mark, reading.number}); }
    void idle(std::size_t split) { told_.push_back({Kind::idle, split, {}, 0}); }
    void ended(std::size_t split) { told_.push_back({Kind::ended, split, {}, 0}); }
    /// Nothing that it gave may be on its way.
    void revoked(std::size_t split) {
        for (const Told& told : told_) REQUIRE_FALSE((told.split == split && told.kind == Kind::event));
        told_.push_back({Kind::revoked, split, {}, 0});
    }

    /// The next event is this one, and the watermark before it that.
    void arrives(const Reading& reading, Timestamp mark) {
        catch_up();
        REQUIRE_FALSE(told_.empty());
        const Told told = told_.front();
        told_.pop_front();
        REQUIRE(told.split == reading.split);
        REQUIRE(told.number == reading.number);
        State& state = open_.at(told.split);
        wakes(state);
        REQUIRE(mark == mark_);
        state.mark = std::max(state.mark, told.mark);
        wakes(state);
        least();
    }
    /// All that was asked has come.
    void ends(Timestamp mark, bool complete) {
        catch_up();
        REQUIRE(told_.empty());
        REQUIRE((complete ? mark == weir::max_time : mark == mark_));
    }

private:
    enum class Kind : unsigned char { open, event, idle, ended, revoked };
    struct Told {
        Kind kind;
        std::size_t split;
        Timestamp mark; // behind an event
        std::size_t number;
    };
    struct State {
        Timestamp mark = weir::min_time;
        bool idle = false;
        bool counts = true;
    };
    void catch_up() {
        for (; not told_.empty() && told_.front().kind != Kind::event; told_.pop_front()) {
            const Told& told = told_.front();
            if (told.kind == Kind::open) {
                if (not open_.try_emplace(told.split).second) again_.push_back(told.split); // it goes first
            } else if (told.kind == Kind::idle) {
                State& state = open_.at(told.split);
                state.idle = true;
                state.counts = false;
                least();
            } else {
                REQUIRE((open_.erase(told.split) == 1 || told.kind == Kind::revoked)); // one that has ended may be taken away all the same
                least();
                if (std::erase(again_, told.split) != 0) open_.try_emplace(told.split);
            }
        }
    }
    void wakes(State& state) {
        state.idle = false;
        if (not state.counts && state.mark >= mark_) state.counts = true, least();
    }
    void least() {
        Timestamp least = weir::max_time, furthest = weir::min_time;
        bool active = false;
        for (const auto& [split, state] : open_) {
            active |= not state.idle;
            furthest = std::max(furthest, state.mark);
            if (state.counts) least = std::min(least, state.mark);
        }
        if (least != weir::max_time) mark_ = std::max(mark_, least);
        if (not active) mark_ = std::max(mark_, furthest);
    }

    std::deque<Told> told_;
    std::map<std::size_t, State> open_;
    std::vector<std::size_t> again_;
    Timestamp mark_ = weir::min_time;
};

/// Partitions, and how far they have been read by this reader and others.
struct Broker {
    struct Partition {
        std::vector<Timestamp> times;
        bool ends = false;         // it will say so
        std::size_t read = 0;
        std::size_t committed = 0; // where the next reader begins
        std::vector<std::size_t> elsewhere{}; // numbers that another one has read
    };
    std::vector<Partition> partitions;
    Model* model = nullptr;
    bool calm = false; // all are there from the beginning to the end, and none is idle
    bool slow = false; // but they come one after the other
};

Broker broker_of(std::uint64_t seed) {
    weir::Random random(seed ^ 0xb40ce4);
    Broker broker;
    broker.partitions.resize(1 + random.below(4));
    for (auto& partition : broker.partitions) {
        partition.ends = random.one_in(2);
        Timestamp time{ns(random.one_in(4) ? 0 : 1000)}; // one that lags
        for (std::uint64_t n = random.below(40); n > 0; --n) partition.times.push_back(time += ns(random.below(20)));
    }
    return broker;
}

class Split {
public:
    using event_type = Reading;
    Split(Broker& broker, std::size_t id, std::uint64_t seed) : broker_(&broker), id_(id), at_(broker.partitions[id].committed), random_(seed) {}

    [[nodiscard]] std::size_t id() const { return id_; }
    weir::Polled<Reading> poll() {
        auto& partition = broker_->partitions[id_];
        // Where it ends directly behind an event, the watermark behind that is nobody's any more.
        if (random_.one_in(8) || (partition.ends && at_ == partition.times.size() && std::exchange(gave_, false))) return weir::Polled<Reading>::nothing(ns(random_.below(100)));
        if (random_.one_in(12) && not broker_->calm) {
            if (broker_->model) broker_->model->idle(id_);
            return weir::Polled<Reading>::idle();
        }
        if (at_ == partition.times.size() && not partition.ends) return weir::Polled<Reading>::nothing();
        if (at_ == partition.times.size()) {
            partition.read = at_; // whoever has read it to its end knows that it has
            if (broker_->model) broker_->model->ended(id_);
            return weir::Polled<Reading>::ended();
        }
        const Reading reading{id_, at_, partition.times[at_]};
        partition.read = ++at_;
        gave_ = true;
        if (broker_->model) broker_->model->event(reading, reading.time - ns(1));
        return reading;
    }
    [[nodiscard]] std::size_t position() const { return at_; }
    void seek(std::size_t position) { at_ = position; }

private:
    Broker* broker_;
    std::size_t id_;
    std::size_t at_;
    bool gave_ = false; // an event, when it was asked last
    weir::Random random_;
};

/// Some of them are this reader's, for a while, until all has been read.
class Reader {
public:
    using split_type = Split;
    static constexpr bool bounded = true;
    Reader(Broker& broker, std::uint64_t seed, bool others) : broker_(&broker), random_(seed ^ 0x4ead), mine_(broker.partitions.size()), goes_(mine_.size()), seen_(mine_.size()), others_(others) {}

    weir::SplitChanges<Split, std::size_t> changes() {
        weir::SplitChanges<Split, std::size_t> changes;
        if (random_.one_in(2)) changes.retry_in = ns(random_.below(50));
        const bool all = all_read() && std::find(seen_.begin(), seen_.end(), false) == seen_.end(); // also what a saved one holds
        for (std::size_t id = 0; id < mine_.size(); ++id) {
            if (mine_[id] && not has_ended(id) && (all || (random_.one_in(10) && not broker_->calm))) { // what has ended is remembered until it is taken away
                changes.removed.push_back(id);
                mine_[id] = false;
                goes_[id] = true; // until it is given back nobody knows where it stands
            } else if (not mine_[id] && not goes_[id] && not all && (broker_->slow ? random_.one_in(20) : broker_->calm || random_.one_in(4))) {
                mine_[id] = seen_[id] = true;
                if (broker_->model) broker_->model->open(id);
                changes.added.emplace_back(*broker_, id, random_.below(1'000'000));
            }
        }
        changes.ended = all;
        return changes;
    }
    void revoked(Split&& split) {
        auto& partition = broker_->partitions[split.id()];
        partition.committed = split.position();
        goes_[split.id()] = false;
        if (broker_->model) broker_->model->revoked(split.id());
        if (not others_) return;
        for (std::uint64_t n = random_.below(4); n > 0 && partition.committed < partition.times.size(); --n) partition.elsewhere.push_back(partition.committed++);
        partition.read = std::max(partition.read, partition.committed);
    }

private:
    [[nodiscard]] bool all_read() const {
        return std::all_of(broker_->partitions.begin(), broker_->partitions.end(), [](const auto& partition) { return partition.read == partition.times.size(); });
    }
    [[nodiscard]] bool has_ended(std::size_t id) const {
        const auto& partition = broker_->partitions[id];
        return partition.ends && partition.read == partition.times.size();
    }
    Broker* broker_;
    weir::Random random_;
    std::vector<bool> mine_;
    std::vector<bool> goes_; // taken away
    std::vector<bool> seen_;
    bool others_;
};

/// Where the splits meet.
struct Watch {
    using kind = weir::OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    static constexpr std::string_view name = "watch";
    Model* model;
    Timestamp* mark;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        model->arrives(event.value, *mark);
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        REQUIRE(t > *mark);
        *mark = t;
        next.on_watermark(t);
    }
};

enum class Told : unsigned char { nothing, stop, drain };

void check_seed(std::uint64_t seed) {
    CAPTURE(seed);
    weir::Random random(seed);
    Broker broker = broker_of(seed);
    Model model;
    broker.model = &model;
    Timestamp mark = weir::min_time;
    std::vector<Reading> seen;
    weir::Simulation simulation(seed, {.max_steps = 1'000'000});
    for (std::uint64_t n = random.below(4); n > 0; --n) {
        const std::uint64_t at = random.below(200), steps = 1 + random.below(20);
        if (random.one_in(2)) simulation.add({.kind = weir::Incident::Kind::pause, .at = at, .steps = steps});
        else simulation.add({.kind = weir::Incident::Kind::stall, .at = at, .steps = steps, .task = static_cast<std::size_t>(random.below(2))});
    }
    const Told told = random.one_in(3) ? Told::stop : random.one_in(2) ? Told::drain : Told::nothing;
    if (told != Told::nothing)
        simulation.add({.kind = told == Told::stop ? weir::Incident::Kind::stop : weir::Incident::Kind::drain, .at = random.below(300)});
    auto splits = weir::from_splits(Reader(broker, seed, told == Told::nothing), weir::event_time(&Reading::time)) | Watch{&model, &mark};
    if (random.one_in(2)) weir::run(std::move(splits) | weir::collect_into(seen), simulation.options());
    else weir::run(std::move(splits) | weir::stage(1) | weir::collect_into(seen), simulation.options());

    model.ends(mark, mark == weir::max_time); // a stop may come too late
    if (told != Told::stop) REQUIRE(mark == weir::max_time);
    for (std::size_t id = 0; id < broker.partitions.size(); ++id) { // by whom it was
        std::vector<std::size_t> numbers;
        for (const Reading& reading : seen)
            if (reading.split == id) numbers.push_back(reading.number);
        REQUIRE(std::is_sorted(numbers.begin(), numbers.end()));
        const auto& partition = broker.partitions[id];
        numbers.insert(numbers.end(), partition.elsewhere.begin(), partition.elsewhere.end());
        std::sort(numbers.begin(), numbers.end());
        REQUIRE(numbers.size() == partition.read);
        for (std::size_t i = 0; i < numbers.size(); ++i) REQUIRE(numbers[i] == i);
        if (told == Told::nothing) REQUIRE(numbers.size() == partition.times.size());
    }
}

using Captured = weir::detail::Captured<weir::Event<Reading>>;

/// Builds a durable job in the graph, which gives to `home`.
void build(weir::Graph& graph, Broker& broker, std::uint64_t seed, weir::detail::CaptureHome& home) {
    weir::detail::build<true>(graph, weir::from_splits(Reader(broker, seed, false), weir::event_time(&Reading::time) | weir::micro_batch(3) | weir::unbatch()) | weir::detail::CaptureOp{&home, weir::Fault{}});
}

/// Twice a checkpoint and a crash, the second time perhaps before all splits have come again. Gives how many of them came before the end.
int check_crash(std::uint64_t seed) {
    CAPTURE(seed);
    weir::Random random(seed);
    Broker broker = broker_of(seed), then;
    weir::detail::CaptureHome home;
    std::optional<weir::StateWriter> saved;
    int crashed = 0;
    for (std::uint64_t run = 0; run < 3; ++run) {
        weir::Simulation simulation(seed + run, {.max_steps = 1'000'000});
        weir::Graph graph(weir::RunOptions{.clock = &simulation.clock()});
        bool complete = false;
        const auto before = std::exchange(saved, std::nullopt);
        const weir::detail::Checkpoints checkpoints(graph, [&](std::uint64_t, const weir::StateWriter& state) {
            saved = state;
            then = broker;
            complete = true;
        });
        build(graph, broker, seed + run, home); // splits come in another order, and at other times
        if (before) weir::detail::load_graph(graph, *before);
        std::uint64_t beyond = random.below(50); // what is given after the checkpoint must be given again
        if (run < 2) {
            simulation.inject(random.below(run == 0 ? 40 : 8), {weir::Control::Kind::barrier, 1});
            simulation.crash_when([&] { return complete && beyond-- == 0; });
        }
        simulation.run(graph);
        graph.rethrow();
        if (graph.ended()) break;
        broker = then;
        ++crashed;
    }
    const auto captured = std::static_pointer_cast<Captured>(home.captured);
    std::vector<std::size_t> next(broker.partitions.size());
    Timestamp mark = weir::min_time;
    for (const auto& row : captured->rows) {
        REQUIRE(row.event.value.number == next[row.event.value.split]++);
        REQUIRE(row.mark >= mark);
        mark = row.mark;
    }
    for (std::size_t id = 0; id < next.size(); ++id) REQUIRE(next[id] == broker.partitions[id].times.size());
    REQUIRE(captured->mark == weir::max_time);
    return crashed;
}

constexpr std::int64_t window_size = 50;

/// Partitions in which times are in no order, all read from the beginning to the end, and what is in each window, by its beginning, and late.
struct ReadInWindows {
    Broker broker;
    std::map<std::int64_t, std::uint64_t> counts{};
    std::uint64_t late = 0;

    explicit ReadInWindows(std::uint64_t seed) : broker(broker_of(seed)) {
        weir::Random random(seed ^ 0x3d0e5);
        broker.calm = true;
        for (auto& partition : broker.partitions) {
            std::int64_t mark = std::numeric_limits<std::int64_t>::min();
            for (Timestamp& time : partition.times) {
                time += ns(random.below(100));
                const std::int64_t t = time.time_since_epoch().count(), begin = t / window_size * window_size;
                if (begin + window_size - 1 > mark) ++counts[begin];
                else ++late;
                mark = std::max(mark, t - 21);
            }
        }
    }
};
auto windows_of(Broker& broker, std::uint64_t seed) {
    return weir::from_splits(Reader(broker, seed, false), weir::event_time(&Reading::time, weir::bounded_disorder(ns(20)))) | weir::window(weir::tumbling(ns(window_size))) |
           weir::aggregate(weir::count());
}

/// Windows behind splits: what is late is told by an event's own split, so they are the same however the splits are read.
void check_windows(std::uint64_t seed) {
    CAPTURE(seed);
    ReadInWindows input(seed);
    std::map<std::int64_t, std::uint64_t> seen;
    std::uint64_t times = 0;
    weir::Simulation simulation(seed, {.max_steps = 1'000'000});
    const auto report = weir::run(windows_of(input.broker, seed) | weir::for_each([&](const auto& row) {
                                      seen[row.window.start.time_since_epoch().count()] += row.value;
                                      ++times;
                                  }),
                                  simulation.options());
    REQUIRE(seen == input.counts);
    REQUIRE(times == input.counts.size()); // each once
    REQUIRE(report.operators[1].dropped(weir::Drop::late) == input.late);
}

/// The same with a crash, behind which the splits come again one after the other: the windows wait for all of those that were read before.
/// Gives whether it came before the end.
bool check_windows_after_crash(std::uint64_t seed) {
    CAPTURE(seed);
    weir::Random random(seed);
    ReadInWindows input(seed);
    Broker then;
    weir::detail::CaptureHome home;
    std::optional<weir::StateWriter> saved;
    const auto run = [&](weir::Simulation& simulation) {
        weir::Graph graph(weir::RunOptions{.clock = &simulation.clock()});
        const auto before = std::exchange(saved, std::nullopt);
        const weir::detail::Checkpoints checkpoints(graph, [&](std::uint64_t, const weir::StateWriter& state) {
            saved = state;
            then = input.broker;
        });
        auto job = windows_of(input.broker, seed) | weir::detail::CaptureOp{&home, weir::Fault{}};
        using Row = typename weir::detail::captured_stream_t<decltype(job)>::event;
        weir::detail::build<true>(graph, std::move(job));
        if (before) weir::detail::load_graph(graph, *before);
        simulation.run(graph);
        graph.rethrow();
        if (not graph.ended()) return false;
        const auto captured = std::static_pointer_cast<weir::detail::Captured<weir::owned_t<Row>>>(home.captured);
        std::map<std::int64_t, std::uint64_t> seen;
        for (const auto& [event, mark] : captured->rows) seen[event.value.window.start.time_since_epoch().count()] += event.value.value;
        REQUIRE(seen == input.counts);
        REQUIRE(captured->rows.size() == input.counts.size()); // each once
        return true;
    };
    weir::Simulation first(seed, {.max_steps = 1'000'000});
    first.inject(1 + random.below(40), {weir::Control::Kind::barrier, 1});
    std::uint64_t beyond = random.below(20);
    first.crash_when([&] { return saved && beyond-- == 0; });
    if (run(first)) return false;
    input.broker = then;
    input.broker.slow = true;
    weir::Simulation second(seed + 1, {.max_steps = 1'000'000});
    REQUIRE(run(second));
    return true;
}

} // namespace

TEST_CASE("splits: windows behind them are the same however they are read, and what is late is so by its own split") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) check_windows(seed);
}

TEST_CASE("splits: windows behind them are the same after a crash, whenever each of them comes again") {
    int crashed = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) crashed += check_windows_after_crash(seed);
    CHECK(crashed > 100);
}

TEST_CASE("splits that come and go: nothing is lost or doubled, each keeps its order, and the watermark is the least of those that count") {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) check_seed(seed);
}

TEST_CASE("splits that come and go: a job that goes on reads each of them where it stopped") {
    int crashed = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) crashed += check_crash(seed);
    CHECK(crashed > 200);
}
