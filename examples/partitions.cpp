// SPDX-License-Identifier: BSL-1.0
// My topic's partitions are assigned to me and revoked while my job runs, and one of them lags. Are its events late? No: each has a
// watermark of its own.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

struct Visit {
    int user;
    std::chrono::sys_seconds at;
};

struct Topic { // what a broker keeps
    std::map<int, std::vector<Visit>> partitions;
    std::map<int, std::size_t> committed; // where the next reader goes on
};

class Partition { // a split: a source with an id
public:
    using event_type = Visit;
    Partition(Topic& topic, int id) : topic_(&topic), id_(id), at_(topic.committed[id]) {}

    int id() const { return id_; }
    weir::Polled<Visit> poll() {
        const auto& visits = topic_->partitions[id_];
        if (at_ < visits.size()) return visits[at_++];
        return weir::Polled<Visit>::nothing(); // there may be more later
    }
    std::size_t position() const { return at_; } // what a checkpoint keeps of it
    void seek(std::size_t position) { at_ = position; }

private:
    Topic* topic_;
    int id_;
    std::size_t at_;
};

class Consumer { // a DynamicSource: asked between events what has changed
public:
    using split_type = Partition;
    explicit Consumer(Topic& topic) : topic_(&topic) {}

    weir::SplitChanges<Partition, int> changes() { // a client library's rebalance would say so
        switch (++asked_) {
        case 1: return {.added = {Partition(*topic_, 1), Partition(*topic_, 2)}};
        case 10: return {.removed = {1}};
        case 20: return {.added = {Partition(*topic_, 1)}}; // another consumer is gone again
        case 30: return {.removed = {1, 2}, .ended = true};
        default: return {.ended = asked_ > 30};
        }
    }
    void revoked(Partition&& partition) { // behind its last event that was handed on
        topic_->committed[partition.id()] = partition.position();
        fmt::print("partition {} goes, {} visits of it are done\n", partition.id(), partition.position());
    }

private:
    Topic* topic_;
    int asked_ = 0;
};

int main() {
    const auto at = [](int second) { return std::chrono::sys_seconds(std::chrono::seconds(second)); };
    Topic topic{.partitions = {{1, {{1, at(1)}, {2, at(8)}, {3, at(15)}, {4, at(31)}}}, // ahead
                               {2, {{5, at(2)}, {6, at(3)}, {7, at(12)}}}},
                .committed = {}};

    weir::run(weir::from_splits(Consumer(topic), weir::event_time(&Visit::at)) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) |
              weir::for_each([](const auto& row) {
                  const auto [key, window, visits] = row;
                  fmt::print("from second {}: {} visits\n", std::chrono::duration_cast<std::chrono::seconds>(window.start.time_since_epoch()).count(), visits);
              }));
}

// Output:
// from second 0: 4 visits
// partition 1 goes, 4 visits of it are done
// partition 2 goes, 3 visits of it are done
// partition 1 goes, 4 visits of it are done
// from second 10: 2 visits
// from second 30: 1 visits
