// SPDX-License-Identifier: BSL-1.0
// What the others wait for after a restore: a split that was read before and has not come yet, as long as it may.
#include "catch.hpp"
#include "runtime/tasks.hpp"
#include "source/watch_marks.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Sample {
    weir::Timestamp time{};
};
Sample sample(int second) { return {weir::Timestamp(std::chrono::seconds(second))}; }

struct Splits {
    std::map<int, std::vector<Sample>> samples{};
    weir::SplitChanges<int, int> next{}; // what changes() says
};
struct Split {
    using event_type = Sample;
    Splits* of;
    int number;
    std::size_t at = 0;

    [[nodiscard]] int id() const noexcept { return number; }
    weir::Polled<Sample> poll() { return at < of->samples[number].size() ? weir::Polled<Sample>(of->samples[number][at++]) : weir::Polled<Sample>::nothing(); }
    [[nodiscard]] std::size_t position() const noexcept { return at; }
    void seek(std::size_t position) noexcept { at = position; }
};
struct Reader {
    using split_type = Split;
    Splits* of;
    weir::SplitChanges<Split, int> changes() {
        weir::SplitChanges<Split, int> changes{.removed = std::exchange(of->next.removed, {}), .ended = of->next.ended};
        for (const int number : std::exchange(of->next.added, {})) changes.added.push_back(Split{of, number});
        return changes;
    }
};

/// A job over splits 1, at 10 s, and 2, at 20 s, saved there; and one that goes on from that, in which 1 has come again, with something at 30 s.
class Restored {
    auto job() {
        const auto timing = weir::bounded_disorder(1s - 1ns).idle_after(5s);
        return weir::from_splits(Reader{&splits_}, weir::event_time(&Sample::time, timing)) | WatchMarks{&marks_} | weir::for_each([](const Sample&) {});
    }

public:
    explicit Restored(bool with_idle = false) {
        splits_.samples = {{1, {sample(10)}}, {2, {sample(20)}}};
        splits_.next.added = {1, 2};
        tasks_.emplace(job(), weir::RunOptions{.clock = &clock_});
        step();
        if (with_idle) {
            clock_.advance(4s);
            splits_.samples[1].push_back(sample(11));
            step();
            clock_.advance(2s);
            step();
        }
        CHECK(mark() == (with_idle ? 10 : 9));
        restore();
        splits_.next.added = {1};
        splits_.samples[1].push_back(sample(30));
        step();
    }
    /// Saves it, and makes another that goes on.
    void restore() {
        weir::StateWriter saved;
        {
            const weir::detail::Checkpoints checkpoints(tasks_->graph, [&saved](std::uint64_t, const weir::StateWriter& state) { saved = state; });
            (*tasks_)[0].post({weir::Control::Kind::barrier, 1});
            tasks_->step(0);
        }
        marks_.clear();
        tasks_.emplace(job(), weir::RunOptions{.clock = &clock_});
        weir::detail::load_graph(tasks_->graph, saved);
        step();
        CHECK(marks_.empty());
    }
    void step() {
        for (int i = 0; i < 10; ++i) tasks_->step(0);
    }
    [[nodiscard]] Splits& splits() noexcept { return splits_; }
    /// What was said last since it goes on.
    [[nodiscard]] double mark() const { return marks_.empty() ? 0 : marks_.back(); }

private:
    Splits splits_{};
    std::vector<double> marks_{};
    weir::ManualClock clock_{};
    std::optional<Tasks<true>> tasks_{};
};

} // namespace

TEST_CASE("the others wait for a split that was read before, until it has come and caught up") {
    Restored job;
    CHECK(job.mark() == 19);
    job.splits().next.added = {2};
    job.splits().samples[2].push_back(sample(25));
    job.step();
    CHECK(job.mark() == 24);
}

TEST_CASE("the others wait for a split that was read before, until it is said to be another's") {
    Restored job;
    CHECK(job.mark() == 19);
    job.splits().next.removed = {2};
    job.step();
    CHECK(job.mark() == 29);
}

TEST_CASE("the others wait for a split that was read before, until no more will come") {
    Restored job;
    CHECK(job.mark() == 19);
    job.splits().next.ended = true;
    job.step();
    CHECK(job.mark() == 29);
}

TEST_CASE("nobody waits for a split that was idle") {
    const Restored job(true);
    CHECK(job.mark() == 29);
}

TEST_CASE("a split that has not come is saved again, and waited for then, too") {
    Restored job;
    job.restore();
    job.splits().next.added = {1};
    job.splits().samples[1].push_back(sample(40));
    job.step();
    job.splits().next.added = {3};
    job.step();
    job.splits().next.removed = {3}; // then the least is looked for
    job.step();
    CHECK(job.mark() == 0); // 19 was said before
    job.splits().next.added = {2};
    job.splits().samples[2].push_back(sample(25));
    job.step();
    CHECK(job.mark() == 24);
}
