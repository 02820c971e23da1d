// SPDX-License-Identifier: BSL-1.0
// A barrier behind a stop, which finds that some have ended already: the job that goes on from there reads on where each of them stopped.
#include "catch.hpp"
#include "files.hpp"
#include "runtime/tasks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Numbers {
    using event_type = int;
    int next = 0;
    int end = 0;
    weir::Polled<int> poll() { return next == end ? weir::Polled<int>::ended() : weir::Polled<int>(next++); }
    [[nodiscard]] int position() const noexcept { return next; }
    void seek(int position) noexcept { next = position; }
};

/// Steps the job a while, stops it, then asks all for a barrier: what is saved.
template <typename Job>
std::optional<weir::StateWriter> stopped_and_saved(Job&& job, int steps, bool draining = false) {
    std::optional<weir::StateWriter> saved;
    Tasks<true> tasks(std::forward<Job>(job));
    const weir::detail::Checkpoints checkpoints(tasks.graph, [&saved](std::uint64_t, const weir::StateWriter& state) { saved = state; });
    const auto all_step = [&tasks] {
        for (std::size_t i = 0; i < tasks.size(); ++i) tasks.step(i, 2);
    };
    for (int i = 0; i < steps; ++i) all_step();
    tasks.graph.tell_sources({draining ? weir::Control::Kind::drain : weir::Control::Kind::stop});
    tasks.step(0, 2); // the others do not know yet
    tasks.graph.tell_sources({weir::Control::Kind::barrier, 1});
    for (int i = 0; i < 100 && not saved; ++i) all_step();
    return saved;
}

/// The numbers that come of a job that is stopped and goes on; `make(to)` makes it.
template <typename Make>
std::vector<int> all_of(Make make, int steps) {
    std::vector<int> got;
    const auto saved = stopped_and_saved(make(got), steps);
    if (not saved) got.clear(); // all had ended: then it goes on from the beginning
    Tasks<true> tasks(make(got));
    if (saved) weir::detail::load_graph(tasks.graph, *saved);
    bool ended = false;
    for (int i = 0; i < 1000 && not ended; ++i) {
        ended = true;
        for (std::size_t task = 0; task < tasks.size(); ++task) ended &= tasks.step(task, 16).state == weir::Step::State::ended;
    }
    CHECK(ended);
    std::sort(got.begin(), got.end());
    return got;
}
std::vector<int> numbers(int n) {
    std::vector<int> all;
    for (int i = 0; i < n; ++i) all.push_back(i);
    return all;
}

} // namespace

TEST_CASE("stop and go on: one task") {
    for (int steps = 0; steps < 40; ++steps)
        CHECK(all_of([](std::vector<int>& to) { return weir::from(Numbers{0, 30}) | weir::collect_into(to); }, steps) == numbers(30));
}

TEST_CASE("stop and go on: two tasks") {
    for (int steps = 0; steps < 40; ++steps)
        CHECK(all_of([](std::vector<int>& to) { return weir::from(Numbers{0, 30}) | weir::stage(4) | weir::collect_into(to); }, steps) == numbers(30));
}

TEST_CASE("stop and go on: an input of a merge, beside one in another task") {
    for (int steps = 0; steps < 40; ++steps)
        CHECK(all_of([](std::vector<int>& to) { return weir::merge(weir::from(Numbers{0, 30}), weir::from(Numbers{30, 60}) | weir::stage(4)) | weir::collect_into(to); }, steps) == numbers(60));
}

TEST_CASE("stop and go on: two inputs of a merge in tasks of their own") {
    for (int steps = 0; steps < 40; ++steps)
        CHECK(all_of([](std::vector<int>& to) { return weir::merge(weir::from(Numbers{0, 30}) | weir::stage(4), weir::from(Numbers{30, 60}) | weir::stage(4)) | weir::collect_into(to); }, steps) == numbers(60));
}

TEST_CASE("stop and go on: splits") {
    struct Part : Numbers {
        int number = 0;
        [[nodiscard]] int id() const noexcept { return number; }
    };
    struct Parts {
        using split_type = Part;
        bool given = false;
        weir::SplitChanges<Part, int> changes() {
            weir::SplitChanges<Part, int> changes{.ended = true};
            if (not std::exchange(given, true)) changes.added = {Part{{0, 30}, 1}, Part{{30, 60}, 2}};
            return changes;
        }
    };
    for (int steps = 0; steps < 60; ++steps)
        CHECK(all_of([](std::vector<int>& to) { return weir::merge(weir::from_splits(Parts{}), weir::from(Numbers{60, 90}) | weir::stage(4)) | weir::collect_into(to); }, steps) ==
              numbers(90));
}

TEST_CASE("stop and go on: copies") {
    for (int steps = 0; steps < 40; ++steps)
        CHECK(all_of([](std::vector<int>& to) { return weir::from(Numbers{0, 30}) | weir::parallel(2, weir::map([](int x) { return x; })) | weir::collect_into(to); }, steps) ==
              numbers(30));
}

TEST_CASE("a job that was drained has ended, also where it goes on") {
    std::vector<int> got;
    const auto make = [&got] { return weir::merge(weir::from(Numbers{0, 30}), weir::from(Numbers{30, 60}) | weir::stage(4)) | weir::collect_into(got); };
    const auto saved = stopped_and_saved(make(), 5, true);
    REQUIRE(saved);
    got.clear();
    Tasks<true> tasks(make());
    weir::detail::load_graph(tasks.graph, *saved);
    tasks.run_to_end();
    CHECK(std::count_if(got.begin(), got.end(), [](int x) { return x < 30; }) == 0); // the part that had ended; the other had its barrier before
}

namespace {
/// What a stream has in it after a job that was left behind a checkpoint, or stopped and saved at its end, has gone on; `make(stream)` makes the job.
template <typename Make>
std::string written(Make make, int steps, bool stopped) {
    const files_test::TempStream stream;
    std::optional<weir::StateWriter> saved;
    {
        Tasks<true> tasks(make(stream.get()));
        const weir::detail::Checkpoints checkpoints(tasks.graph, [&saved](std::uint64_t, const weir::StateWriter& state) { saved = state; });
        const auto all_step = [&tasks] {
            for (std::size_t i = 0; i < tasks.size(); ++i) tasks.step(i, 2);
        };
        for (int i = 0; i < steps; ++i) all_step();
        tasks.graph.tell_sources({stopped ? weir::Control::Kind::stop : weir::Control::Kind::barrier, 1});
        if (stopped) {
            tasks.run_to_end();
            weir::detail::SaveWalk walk(tasks.graph.names(), saved.emplace());
            for (const weir::Task* task : tasks.graph.tasks()) task->save(walk);
        } else {
            for (int i = 0; i < 10 && not saved; ++i) all_step();
        }
    }
    Tasks<true> tasks(make(stream.get()));
    if (saved) weir::detail::load_graph(tasks.graph, *saved);
    tasks.run_to_end();
    return stream.content();
}
std::string lines(int n) {
    std::string text = "value\n";
    for (int i = 0; i < n; ++i) text += std::to_string(i) + '\n';
    return text;
}
} // namespace

namespace {
/// What a job gives in all that has been stopped `times` times and was saved when it had ended, each time after steps drawn from the seed.
template <typename Make>
std::vector<int> all_of_saved_ends(Make make, std::uint64_t seed, int times) {
    std::vector<int> got;
    std::optional<weir::StateWriter> saved;
    weir::Random random(seed);
    for (int i = 0; i <= times; ++i) {
        Tasks<true> tasks(make(got));
        if (saved) weir::detail::load_graph(tasks.graph, *saved);
        for (std::uint64_t n = random.below(60); n > 0; --n) tasks.step(static_cast<std::size_t>(random.below(tasks.size())), 1 + static_cast<std::size_t>(random.below(4)));
        if (i != times) tasks.graph.tell_sources({weir::Control::Kind::stop});
        tasks.run_to_end();
        weir::detail::SaveWalk walk(tasks.graph.names(), saved.emplace());
        for (const weir::Task* task : tasks.graph.tasks()) task->save(walk);
    }
    return got;
}
constexpr auto same = [](int x) { return x; };
} // namespace

TEST_CASE("copies that have ended behind a stop go on: results in order, as they come, and by key") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const weir::ParallelOptions options{.copies = 1 + seed % 4, .capacity = 1 + seed % 5};
        CHECK(all_of_saved_ends([&](std::vector<int>& to) { return weir::from(Numbers{0, 60}) | weir::parallel(options, weir::map(same), weir::ordered) | weir::collect_into(to); }, seed, 3) == numbers(60));
        auto dealt = all_of_saved_ends([&](std::vector<int>& to) { return weir::from(Numbers{0, 60}) | weir::parallel(options, weir::map(same)) | weir::collect_into(to); }, seed, 3);
        std::sort(dealt.begin(), dealt.end());
        CHECK(dealt == numbers(60));
        const auto by_key = [](int x) { return x % 5; };
        auto keyed = all_of_saved_ends([&](std::vector<int>& to) { return weir::from(Numbers{0, 60}) | weir::parallel(options, weir::key_by(by_key) | weir::scan(0, [](int, int x) { return x; })) | weir::collect_into(to); }, seed, 3);
        std::sort(keyed.begin(), keyed.end());
        CHECK(keyed == numbers(60));
    }
}

TEST_CASE("a hash join that was stopped while its right side came goes on, and with all that waited for it") {
    const std::vector<int> right = numbers(30);
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        auto got = all_of_saved_ends([&](std::vector<int>& to) {
            return weir::hash_join(weir::from(Numbers{0, 30}) | weir::stage(4) | weir::key_by(same), weir::from(right) | weir::key_by(same), [](int l, int) { return l; }) | weir::collect_into(to);
        }, seed, 2);
        std::sort(got.begin(), got.end());
        CHECK(got == numbers(30));
    }
}

TEST_CASE("stop and go on: a stream has each line once, and one header") {
    for (const std::size_t buffer : {1U, 20U, 1000U})
        for (int steps = 0; steps < 40; ++steps)
            CHECK(written([buffer](std::FILE* to) { return weir::from(Numbers{0, 30}) | weir::stage(4) | weir::to_csv(to, {.buffer = buffer}); }, steps, true) == lines(30));
}

TEST_CASE("lines that wait to be written are part of a checkpoint") {
    for (int steps = 1; steps < 10; ++steps) // nothing is written before the end
        CHECK(written([](std::FILE* to) { return weir::from(Numbers{0, 30}) | weir::stage(4) | weir::to_csv(to); }, steps, false) == lines(30));
}
