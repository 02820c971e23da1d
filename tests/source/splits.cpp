// SPDX-License-Identifier: BSL-1.0
#include "source/watch_marks.hpp"

#include <weir/memory_bound.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Bid {
    int auction = 0;
    weir::Timestamp time{};
    friend bool operator==(const Bid&, const Bid&) = default;
};
using Second = std::chrono::seconds;

Bid bid(int auction, int second) { return {auction, weir::Timestamp(Second(second))}; }

/// A topic of partitions, as a broker keeps it.
struct Topic {
    std::map<int, std::vector<Bid>> partitions{};
    std::map<int, std::size_t> committed{};
    std::set<int> closed{}; // nothing will be written any more
};

/// What the least reader of one needs to be: a partition from a position on,
class Partition {
public:
    using event_type = Bid;
    Partition(Topic& topic, int id) : topic_(&topic), id_(id), at_(topic.committed[id]) {}

    int id() const { return id_; }
    weir::Polled<Bid> poll() {
        const auto& bids = topic_->partitions[id_];
        if (at_ < bids.size()) return bids[at_++];
        return topic_->closed.contains(id_) ? weir::Polled<Bid>::ended() : weir::Polled<Bid>::nothing();
    }
    std::size_t position() const { return at_; }
    void seek(std::size_t position) { at_ = position; }

private:
    Topic* topic_;
    int id_;
    std::size_t at_;
};

/// and which of them are this reader's, in the order of what happens.
class Reader {
public:
    using split_type = Partition;
    explicit Reader(Topic& topic) : topic_(&topic) {}

    Reader& assign(std::vector<int> partitions) { return moves(std::move(partitions), {}); }
    Reader& revoke(std::vector<int> partitions) { return moves({}, std::move(partitions)); }
    Reader& moves(std::vector<int> added, std::vector<int> removed) {
        script_.push_back({std::move(added), std::move(removed)});
        return *this;
    }
    Reader& close(int partition) {
        topic_->closed.insert(partition);
        return *this;
    }
    /// After what was said so far no more splits come.
    Reader& ends() {
        ends_ = true;
        return *this;
    }
    weir::SplitChanges<Partition, int> changes() {
        weir::SplitChanges<Partition, int> changes;
        if (not script_.empty()) {
            for (const int id : script_.front().first) changes.added.emplace_back(*topic_, id);
            changes.removed = script_.front().second;
            script_.pop_front();
        }
        changes.ended = ends_ && script_.empty();
        return changes;
    }
    void revoked(Partition&& partition) { topic_->committed[partition.id()] = partition.position(); }

private:
    Topic* topic_;
    std::deque<std::pair<std::vector<int>, std::vector<int>>> script_;
    bool ends_ = false;
};

/// Steps a job until it has nothing to do.
void settle(weir::Stepper& stepper) {
    for (int i = 0; i < 20; ++i) static_cast<void>(stepper.step(100));
}

std::vector<Bid> of_partition(std::vector<Bid> bids, int partition) {
    std::erase_if(bids, [partition](const Bid& one) { return one.auction / 10 != partition; });
    return bids;
}

} // namespace

TEST_CASE("a split that has ended is given back when it is taken away") {
    Topic topic{{{1, {bid(10, 1), bid(10, 2)}}, {2, {bid(20, 1)}}}};
    Reader partitions(topic);
    partitions.assign({1, 2}).close(1);
    std::size_t seen = 0;
    weir::Stepper stepper = weir::stepper(weir::from_splits(partitions) | weir::for_each([&seen](const Bid&) { ++seen; }));
    settle(stepper);
    CHECK(seen == 3);
    CHECK(topic.committed[1] == 0);
    partitions.revoke({1});
    settle(stepper);
    CHECK(topic.committed[1] == 2);
    topic.partitions[1].push_back(bid(10, 3));
    partitions.assign({1}); // goes on from there
    settle(stepper);
    CHECK(seen == 4);
    CHECK(topic.committed[2] == 0);
}

TEST_CASE("a stop does not ask a split again and again that has ended and is furthest behind") {
    Topic topic;
    std::vector<int> all;
    for (int id = 1; id <= 20; ++id) {
        topic.partitions[id] = {bid(id * 10, id), bid(id * 10, id + 1)};
        all.push_back(id);
    }
    Reader partitions(topic);
    partitions.assign(all);
    weir::Stepper stepper = weir::stepper(weir::from_splits(partitions, weir::event_time(&Bid::time)) | weir::for_each([](const auto&) {}));
    for (int i = 0; i < 3; ++i) static_cast<void>(stepper.step(100));
    stepper.stop();
    int steps = 0;
    while (stepper.step(100) != weir::Progress::ended) ++steps;
    CHECK(steps < 30);
}

TEST_CASE("each split has a watermark of its own, so that nothing of one that lags is late") {
    Topic topic{{{1, {bid(10, 1), bid(10, 30), bid(10, 60)}}, {2, {bid(20, 2), bid(20, 3)}}}};
    Reader partitions(topic);
    partitions.assign({1, 2}).ends().close(1).close(2);
    std::map<int, std::uint64_t> first_ten_seconds;
    const weir::Report report = weir::run(weir::from_splits(partitions, weir::event_time(&Bid::time)) | weir::key_by(&Bid::auction) | weir::window(weir::tumbling(10s)) |
                                          weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) {
                                              if (row.window.start == weir::Timestamp{}) first_ten_seconds[row.key] += row.value;
                                          }));
    CHECK(first_ten_seconds == std::map<int, std::uint64_t>{{10, 1}, {20, 2}});
    CHECK(report.operators.front().name == "split/event_time#1");
    CHECK(report.operators.front().in == 5); // of all splits
    CHECK(report.operators.front().passed == 5);
}

TEST_CASE("splits come and go while the job runs, and each is read in its order") {
    Topic topic{{{1, {bid(10, 1), bid(11, 2)}}, {2, {bid(20, 1), bid(21, 2), bid(22, 3)}}}};
    std::vector<Bid> seen;
    Reader partitions(topic);
    auto stepper = weir::stepper(weir::from(partitions) | weir::collect_into(seen)); // without a chain from() will do
    settle(stepper);
    CHECK(seen.empty());
    partitions.assign({1});
    settle(stepper);
    CHECK(seen == topic.partitions[1]);
    partitions.assign({2}).revoke({1});
    settle(stepper);
    topic.partitions[1].push_back(bid(12, 3)); // not ours any more
    settle(stepper);
    CHECK(of_partition(seen, 1).size() == 2);
    CHECK(of_partition(seen, 2) == topic.partitions[2]);
    CHECK(topic.committed[1] == 2);
    partitions.assign({1});
    settle(stepper);
    CHECK(of_partition(seen, 1) == topic.partitions[1]);
    partitions.ends();
    settle(stepper);
    CHECK(stepper.step() != weir::Progress::ended); // those that there are may still give something
    partitions.revoke({1, 2});
    settle(stepper);
    CHECK(stepper.step() == weir::Progress::ended);
}

TEST_CASE("the watermark is the least of the splits that are there, and never goes back") {
    Topic topic{{{1, {bid(10, 10)}}, {2, {bid(20, 20)}}, {3, {bid(30, 5)}}}};
    std::vector<double> marks;
    std::vector<Bid> seen;
    Reader partitions(topic);
    auto stepper = weir::stepper(weir::from_splits(partitions, weir::event_time(&Bid::time, weir::bounded_disorder(1s - 1ns))) | WatchMarks{&marks} | weir::collect_into(seen));
    partitions.assign({1, 2});
    settle(stepper);
    CHECK(marks == std::vector<double>{9});
    partitions.assign({3}); // it is behind: what the others do does not count now, what it has below 9 is late
    settle(stepper);
    topic.partitions[1].push_back(bid(11, 15));
    settle(stepper);
    CHECK(marks == std::vector<double>{9});
    topic.partitions[3].push_back(bid(31, 13));
    settle(stepper);
    CHECK(marks == std::vector<double>{9, 12});
    partitions.revoke({3});
    settle(stepper);
    CHECK(marks == std::vector<double>{9, 12, 14});
    partitions.revoke({1, 2}); // nobody is left to wait for
    settle(stepper);
    CHECK(marks == std::vector<double>{9, 12, 14, 19});
    stepper.drain();
    settle(stepper);
    CHECK(marks.back() == 1e9);
    CHECK(stepper.step() == weir::Progress::ended);
}

TEST_CASE("nobody waits for a split that has been quiet for long, until it has caught up") {
    Topic topic{{{1, {bid(10, 10)}}, {2, {bid(20, 20)}}}};
    std::vector<double> marks;
    std::vector<Bid> seen;
    weir::ManualClock clock;
    Reader partitions(topic);
    const auto timing = weir::event_time(&Bid::time, weir::bounded_disorder(1s - 1ns).idle_after(5s));
    auto stepper = weir::stepper(weir::from_splits(partitions, timing) | WatchMarks{&marks} | weir::collect_into(seen), {.clock = &clock});
    clock.advance(60s); // the time of a split that comes begins when it does
    partitions.assign({1, 2});
    settle(stepper);
    clock.advance(4s);
    topic.partitions[2].push_back(bid(21, 21));
    settle(stepper);
    CHECK(marks == std::vector<double>{9});
    clock.advance(2s);
    settle(stepper);
    CHECK(marks == std::vector<double>{9, 20});
    topic.partitions[1].push_back(bid(11, 12)); // it does not count yet
    topic.partitions[2].push_back(bid(22, 25));
    settle(stepper);
    CHECK(marks == std::vector<double>{9, 20, 24});
    topic.partitions[1].push_back(bid(12, 30));
    topic.partitions[2].push_back(bid(23, 35));
    settle(stepper);
    CHECK(marks == std::vector<double>{9, 20, 24, 29});
}

TEST_CASE("a split that is taken away is given back behind the last event that was handed on") {
    Topic topic;
    for (int i = 0; i < 1000; ++i) topic.partitions[i % 2 + 1].push_back(bid(10 * (i % 2 + 1), i));
    std::vector<Bid> seen;
    Reader partitions(topic);
    partitions.assign({1, 2});
    auto stepper = weir::stepper(weir::from_splits(partitions, weir::micro_batch(7) | weir::unbatch()) | weir::stage(1) | weir::collect_into(seen));
    while (seen.size() < 100) static_cast<void>(stepper.step(3));
    partitions.revoke({2});
    settle(stepper);
    CHECK(topic.committed.contains(2));
    stepper.stop();
    settle(stepper);
    REQUIRE(stepper.step() == weir::Progress::ended);
    const std::vector<Bid> of_it = of_partition(seen, 2);
    CHECK(of_it == std::vector<Bid>(topic.partitions[2].begin(), topic.partitions[2].begin() + static_cast<std::ptrdiff_t>(topic.committed[2])));
}

TEST_CASE("windows of a split that is taken away do not fire, those of one that has ended do") {
    Topic topic{{{1, {bid(10, 1)}}, {2, {bid(20, 1)}}}};
    std::vector<int> fired;
    Reader partitions(topic);
    const auto by_auction = weir::event_time(&Bid::time) | weir::key_by(&Bid::auction) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count());
    auto stepper = weir::stepper(weir::from_splits(partitions, by_auction) | weir::for_each([&fired](const auto& row) { fired.push_back(row.key); }));
    partitions.assign({1, 2});
    settle(stepper);
    partitions.revoke({1}).close(2);
    settle(stepper);
    CHECK(fired == std::vector{20});
    const auto report = stepper.report();
    const auto row = std::find_if(report.operators.begin(), report.operators.end(), [](const auto& one) { return one.name == "split/aggregate#1"; });
    REQUIRE(row != report.operators.end());
    CHECK(row->in == 2);
    CHECK(row->held == 1); // of one that is not ours any more
}

TEST_CASE("a split that has ended is read again only after it has been taken away") {
    Topic topic{{{1, {bid(10, 1)}}}};
    std::vector<Bid> seen;
    Reader partitions(topic);
    partitions.close(1).assign({1}).assign({1});
    auto stepper = weir::stepper(weir::from(partitions) | weir::collect_into(seen));
    settle(stepper);
    CHECK(seen.size() == 1);
    topic.partitions[1].push_back(bid(11, 2));
    settle(stepper);
    CHECK(seen.size() == 1);
    partitions.revoke({1}).assign({1}).ends();
    settle(stepper);
    CHECK(seen.size() == 2);
    CHECK(stepper.step() == weir::Progress::ended);
}

TEST_CASE("a split that comes in the same breath as it goes is read on behind what it gave") {
    Topic topic{{{1, {bid(10, 1), bid(11, 2), bid(12, 3)}}}};
    std::vector<Bid> seen;
    Reader partitions(topic);
    partitions.assign({1});
    auto stepper = weir::stepper(weir::from_splits(partitions, weir::micro_batch(2) | weir::unbatch()) | weir::collect_into(seen));
    settle(stepper);
    CHECK(seen.size() == 2); // one is held
    topic.committed[1] = 3;  // as a broker would have it
    partitions.moves({1}, {1});
    topic.partitions[1].push_back(bid(13, 4));
    settle(stepper);
    stepper.stop();
    settle(stepper);
    CHECK(seen == topic.partitions[1]);
}

TEST_CASE("nobody knows how much splits may keep, as nobody knows how many come") {
    Topic topic;
    std::vector<Bid> seen;
    const auto bound = weir::memory_bound(weir::from_splits(Reader(topic), weir::event_time(&Bid::time)) | weir::collect_into(seen));
    CHECK_FALSE(bound.bounded);
    CHECK(bound.parts.front().name == "splits#1");
}

TEST_CASE("two splits with one id are an error that is told") {
    Topic topic{{{1, {bid(10, 1)}}}};
    std::vector<Bid> seen;
    Reader partitions(topic);
    partitions.assign({1}).assign({1});
    CHECK_THROWS_WITH(weir::run(weir::from(partitions) | weir::collect_into(seen)), "from_splits: changes() gives a split with the id of one that is there");
}

TEST_CASE("a source without any split ends when it says so, and its windows with it") {
    Topic topic;
    std::vector<double> marks;
    std::vector<Bid> seen;
    weir::run(weir::from_splits(Reader(topic).ends(), weir::event_time(&Bid::time)) | WatchMarks{&marks} | weir::collect_into(seen));
    CHECK(marks == std::vector<double>{1e9});
}

TEST_CASE("an error of a split is the job's") {
    struct Broken : Partition {
        using Partition::Partition;
        weir::Polled<Bid> poll() { throw std::runtime_error("the broker is gone"); }
    };
    struct BrokenReader {
        using split_type = Broken;
        Topic& topic;
        weir::SplitChanges<Broken, int> changes() {
            weir::SplitChanges<Broken, int> changes;
            changes.added.emplace_back(topic, 1);
            return changes;
        }
    };
    Topic topic;
    std::vector<Bid> seen;
    CHECK_THROWS_WITH(weir::run(weir::from(BrokenReader{topic}) | weir::collect_into(seen)), "the broker is gone");
}

TEST_CASE("an error of revoked() is the job's, and what the split gave is counted once") {
    struct Refusing {
        using split_type = Partition;
        Topic& topic;
        int asked = 0;
        weir::SplitChanges<Partition, int> changes() {
            weir::SplitChanges<Partition, int> changes;
            if (++asked == 1) changes.added = {Partition(topic, 1), Partition(topic, 2), Partition(topic, 3)};
            if (asked == 3) changes.removed = {1, 2};
            return changes;
        }
        void revoked(const Partition& partition) {
            if (partition.id() == 2) throw std::runtime_error("cannot commit");
        }
    };
    Topic topic{{{1, {bid(10, 1)}}, {2, {bid(20, 1), bid(21, 1)}}, {3, {bid(30, 1)}}}};
    std::vector<Bid> seen;
    auto stepper = weir::stepper(weir::from_splits(Refusing{topic}, weir::filter([](const Bid&) { return true; })) | weir::collect_into(seen));
    CHECK_THROWS_WITH(settle(stepper), "cannot commit");
    CHECK(stepper.report().at("split/filter#1").in == seen.size());
}

TEST_CASE("splits may be an input of a merge, beside others and each other") {
    Topic topic{{{1, {bid(10, 1), bid(10, 9)}}, {2, {bid(20, 5)}}}};
    std::vector<Bid> more{bid(30, 3)};
    std::vector<double> marks;
    std::vector<Bid> seen;
    Reader one(topic), other(topic);
    one.assign({1}).ends().close(1);
    other.assign({2}).ends().close(2);
    const auto timing = weir::event_time(&Bid::time);
    weir::run(weir::merge(weir::from_splits(one, timing), weir::from_splits(other, timing), weir::from(more) | timing) | WatchMarks{&marks} | weir::collect_into(seen));
    CHECK(seen.size() == 4);
    CHECK(std::is_sorted(marks.begin(), marks.end()));
    CHECK(marks.back() == 1e9);
}

TEST_CASE("bad events of any split go where several may send them") {
    Topic topic{{{1, {bid(10, 1), bid(11, 1)}}, {2, {bid(20, 1), bid(21, 1)}}}};
    std::vector<int> seen;
    std::vector<int> bad;
    Reader partitions(topic);
    partitions.assign({1, 2}).ends().close(1).close(2);
    const auto odd_fails = [](const Bid& one) { return one.auction % 2 == 0 ? one.auction : throw std::runtime_error("odd"); };
    const auto rejected = weir::for_each(weir::shareable([&bad](const auto& r) { bad.push_back(r.event.auction); }));
    const auto report = weir::run(weir::from_splits(partitions, weir::try_map(odd_fails, weir::dead_letter(rejected))) | weir::collect_into(seen));
    std::sort(bad.begin(), bad.end());
    CHECK(bad == std::vector{11, 21});
    CHECK(seen.size() == 2);
    CHECK(report.operators.front().in == 4);
    CHECK(report.operators.front().dropped(weir::Drop::error) == 2);
}
