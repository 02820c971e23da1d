// SPDX-License-Identifier: BSL-1.0
// Question: what does a keyed window of event time cost, beside the loop written by hand and other hash maps? (Options: rounds.hpp.)
// 20 million events (times scale) of 24 bytes, 10 us apart, out of order by up to 100 ms each way; tumbling windows of 10 s, a count and
// a sum for each key; the watermark is 200 ms behind. Keys as in keys.hpp. By hand: the watermark is looked at once for 1024 events, a
// window's keys lie in one flat table, whose places are fetched 32 events ahead, windows come out in any order of keys, and nothing is
// counted. In two threads: each looks at all events and takes those of its keys (a bit of their hash); two sums are added at the end. Fed:
// one of them alone sees the events, adds up its own, and gives the others, copied, by the thousand to the second.
// weir: as it is shipped: lateness is judged for each event, keys come out in the order of their first events, with a Report. In one
// task; in two copies that each read the source for their keys, whose rows go to one sink, or each to a sum of its own; and in two copies
// that are fed, because a tap before them may see each event only once; beside them one task with the tap.
#include "keys.hpp"
#include "rounds.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#if defined(WEIR_PEER_ABSL) && __has_include(<absl/container/flat_hash_map.h>)
#include <absl/container/flat_hash_map.h>
#define PEER_ABSL
#endif

namespace {

using namespace std::chrono_literals;

struct Trade {
    std::uint64_t key;
    std::int64_t value;
    std::int64_t time; // ns
};
constexpr std::int64_t window_size = 10'000'000'000;
constexpr std::int64_t disorder = 200'000'000;

std::shared_ptr<const std::vector<Trade>> trades(const keys::Keys& drawn) {
    auto all = std::make_shared<std::vector<Trade>>();
    all->reserve(drawn.size());
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        const auto jitter = static_cast<std::int64_t>(keys::fraction(weir::stable_hash(~i)) * 200e6) - 100'000'000;
        all->push_back({drawn[i], static_cast<std::int64_t>(i % 1000), static_cast<std::int64_t>(i) * 10'000 + 1'000'000'000 + jitter});
    }
    return all;
}

/// The same for rows in any order.
struct Checksum {
    std::uint64_t sum = 0;
    void add(std::uint64_t key, std::int64_t start, std::uint64_t count, std::int64_t total) {
        sum += (key ^ static_cast<std::uint64_t>(start)) * (2 * count + 1) + static_cast<std::uint64_t>(total) * 0x9e3779b97f4a7c15u;
    }
};

struct Totals {
    std::uint64_t count = 0;
    std::int64_t sum = 0;
};

/// What a good programmer would write: linear probing, one multiplication as the hash, key 0 means empty.
class FlatTable {
public:
    FlatTable() : rows_(1024), shift_(54) {}
    void prefetch(std::uint64_t key) const { __builtin_prefetch(&rows_[home(key)]); }
    void add(std::uint64_t key, std::int64_t value) {
        std::size_t at = home(key);
        while (rows_[at].key != key) {
            if (rows_[at].key == 0) {
                if (2 * ++size_ > rows_.size()) {
                    grow();
                    at = home(key);
                    while (rows_[at].key != 0) at = (at + 1) & (rows_.size() - 1);
                }
                rows_[at].key = key;
                break;
            }
            at = (at + 1) & (rows_.size() - 1);
        }
        ++rows_[at].totals.count;
        rows_[at].totals.sum += value;
    }
    void give(std::int64_t start, Checksum& to) {
        for (Row& row : rows_) {
            if (row.key == 0) continue;
            to.add(row.key, start, row.totals.count, row.totals.sum);
            row = {};
        }
        size_ = 0;
    }

private:
    struct Row {
        std::uint64_t key = 0;
        Totals totals{};
    };
    [[nodiscard]] std::size_t home(std::uint64_t key) const { return (key * 0xd6e8feb86659fd93u) >> shift_; }
    void grow() {
        std::vector<Row> old(2 * rows_.size());
        old.swap(rows_);
        --shift_;
        for (const Row& row : old) {
            if (row.key == 0) continue;
            std::size_t at = home(row.key);
            while (rows_[at].key != 0) at = (at + 1) & (rows_.size() - 1);
            rows_[at] = row;
        }
    }
    std::vector<Row> rows_;
    int shift_;
    std::size_t size_ = 0;
};

template <typename Map>
class MapTable {
public:
    void prefetch(std::uint64_t) const {}
    void add(std::uint64_t key, std::int64_t value) {
        Totals& totals = map_[key];
        ++totals.count;
        totals.sum += value;
    }
    void give(std::int64_t start, Checksum& to) {
        for (const auto& [key, totals] : map_) to.add(key, start, totals.count, totals.sum);
        map_.clear();
    }

private:
    Map map_;
};

/// Two windows are open at once, no more: no event comes later than the watermark allows.
template <typename Table>
class OpenTables {
public:
    explicit OpenTables(Checksum& all) : all_(all) {}
    /// Of a time its window's, until reach(): a copy, for a loop to hold in registers.
    [[nodiscard]] auto of() {
        return [tables = &tables_[0], start = start_, first = first_](std::int64_t time) -> Table& { return tables[time - start < window_size ? first : 1 - first]; };
    }
    void reach(std::int64_t watermark) {
        while (watermark >= start_ + window_size) {
            tables_[first_].give(start_, all_);
            first_ = 1 - first_;
            start_ += window_size;
        }
    }
    void end() {
        tables_[first_].give(start_, all_);
        tables_[1 - first_].give(start_ + window_size, all_);
    }

private:
    Checksum& all_;
    Table tables_[2];
    std::int64_t start_ = 0; // of the older window, which is in tables_[first_]
    std::size_t first_ = 0;
};

template <typename Table>
std::uint64_t by_hand(const std::vector<Trade>& events) {
    Checksum all;
    OpenTables<Table> tables(all);
    std::int64_t latest = 0;
    for (std::size_t begin = 0; begin < events.size(); begin += 1024) {
        const std::size_t end = std::min(events.size(), begin + 1024);
        const auto table_of = tables.of();
        for (std::size_t i = begin; i < end; ++i) {
            if (i + 32 < end) table_of(events[i + 32].time).prefetch(events[i + 32].key);
            latest = std::max(latest, events[i].time);
            table_of(events[i].time).add(events[i].key, events[i].value);
        }
        tables.reach(latest - disorder);
    }
    tables.end();
    return all.sum;
}

/// The thread that an event belongs to: not one of the bits that find a place.
std::size_t thread_of(std::uint64_t key) { return (key * 0xd6e8feb86659fd93u) >> 20 & 1; }

/// What one of two threads adds up: the keys with this bit.
std::uint64_t by_hand_for(const std::vector<Trade>& events, std::size_t bit) {
    Checksum all;
    OpenTables<FlatTable> tables(all);
    std::int64_t latest = 0;
    std::uint16_t own[1024];
    for (std::size_t begin = 0; begin < events.size(); begin += 1024) {
        const std::size_t end = std::min(events.size(), begin + 1024);
        std::size_t n = 0;
        for (std::size_t i = begin; i < end; ++i) { // no branch: it could not be foretold
            latest = std::max(latest, events[i].time);
            own[n] = static_cast<std::uint16_t>(i - begin);
            n += thread_of(events[i].key) == bit ? 1 : 0;
        }
        const auto table_of = tables.of();
        for (std::size_t k = 0; k < n; ++k) {
            if (k + 32 < n) table_of(events[begin + own[k + 32]].time).prefetch(events[begin + own[k + 32]].key);
            const Trade& e = events[begin + own[k]];
            table_of(e.time).add(e.key, e.value);
        }
        tables.reach(latest - disorder);
    }
    tables.end();
    return all.sum;
}
std::uint64_t by_hand_in_two_threads(const std::vector<Trade>& events) {
    std::uint64_t other = 0;
    std::thread thread([&] { other = by_hand_for(events, 1); });
    const std::uint64_t one = by_hand_for(events, 0);
    thread.join();
    return one + other;
}

/// From the thread that sees all events to the other: up to so many, and the watermark behind them.
struct Block {
    Trade events[1024];
    std::size_t size;
    std::int64_t watermark;
};
std::uint64_t by_hand_fed(const std::vector<Trade>& events) {
    constexpr std::size_t capacity = 32;
    const auto ring = std::make_unique<Block[]>(capacity);
    alignas(64) std::atomic<std::size_t> given = 0;
    alignas(64) std::atomic<std::size_t> taken = 0;
    const std::size_t all_blocks = (events.size() + 1023) / 1024;
    Checksum others;
    std::thread thread([&] {
        OpenTables<FlatTable> tables(others);
        for (std::size_t at = 0; at < all_blocks; ++at) {
            while (given.load(std::memory_order_acquire) == at) weir::StdAtomics::pause();
            const Block& block = ring[at % capacity];
            const auto table_of = tables.of();
            for (std::size_t i = 0; i < block.size; ++i) {
                if (i + 32 < block.size) table_of(block.events[i + 32].time).prefetch(block.events[i + 32].key);
                table_of(block.events[i].time).add(block.events[i].key, block.events[i].value);
            }
            tables.reach(block.watermark);
            taken.store(at + 1, std::memory_order_release);
        }
        tables.end();
    });
    Checksum own;
    OpenTables<FlatTable> tables(own);
    std::int64_t latest = 0;
    std::uint16_t places[2][1024];
    for (std::size_t at = 0; at < all_blocks; ++at) {
        const Trade* const some = events.data() + at * 1024;
        const std::size_t n = std::min<std::size_t>(events.size() - at * 1024, 1024);
        std::size_t sizes[2] = {0, 0};
        for (std::size_t i = 0; i < n; ++i) { // no branch: it could not be foretold
            latest = std::max(latest, some[i].time);
            const std::size_t to = thread_of(some[i].key);
            places[0][sizes[0]] = places[1][sizes[1]] = static_cast<std::uint16_t>(i);
            sizes[0] += 1 - to;
            sizes[1] += to;
        }
        while (at - taken.load(std::memory_order_acquire) == capacity) weir::StdAtomics::pause();
        Block& block = ring[at % capacity];
        for (std::size_t k = 0; k < sizes[1]; ++k) block.events[k] = some[places[1][k]];
        block.size = sizes[1];
        block.watermark = latest - disorder;
        given.store(at + 1, std::memory_order_release);
        const auto table_of = tables.of();
        for (std::size_t k = 0; k < sizes[0]; ++k) {
            if (k + 32 < sizes[0]) table_of(some[places[0][k + 32]].time).prefetch(some[places[0][k + 32]].key);
            const Trade& e = some[places[0][k]];
            table_of(e.time).add(e.key, e.value);
        }
        tables.reach(latest - disorder);
    }
    thread.join();
    tables.end();
    return own.sum + others.sum;
}

auto timed(const std::vector<Trade>& events) {
    return weir::from(events) | weir::event_time([](const Trade& e) { return weir::Timestamp(std::chrono::nanoseconds(e.time)); }, weir::bounded_disorder(200ms));
}
auto windows() { return weir::key_by(&Trade::key) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count(), weir::sum(&Trade::value)); }
constexpr auto add_row = [](Checksum& all, const auto& row) {
    const auto& [key, window, values] = row;
    all.add(key, window.start.time_since_epoch().count(), std::get<0>(values), std::get<1>(values));
};

/// chain: the windows, with what they stand in.
template <typename Chain>
std::uint64_t by_weir(const std::vector<Trade>& events, Chain&& chain) {
    Checksum all;
    weir::run(timed(events) | std::forward<Chain>(chain) | weir::for_each([&all](const auto& row) { add_row(all, row); }));
    return all.sum;
}

/// A sink in each copy, with a sum of its own: one for both would be a cache line that goes to and fro with each row.
class AddOwn {
public:
    explicit AddOwn(std::atomic<std::uint64_t>& total) : total_(&total) {}
    AddOwn(const AddOwn& other) : total_(other.total_) {} // before there is any row
    AddOwn& operator=(const AddOwn&) = delete;
    ~AddOwn() { *total_ += own_.sum; }
    template <typename Row>
    void operator()(const Row& row) { add_row(own_, row); }

private:
    std::atomic<std::uint64_t>* total_;
    Checksum own_;
};
std::uint64_t by_weir_in_copies(const std::vector<Trade>& events) {
    std::atomic<std::uint64_t> total = 0;
    weir::run(timed(events) | weir::parallel(2, windows() | weir::for_each(weir::shareable(AddOwn(total)))));
    return total;
}

std::vector<rounds::Variant> keyed(const keys::Keys& drawn) {
    const auto input = trades(drawn);
    std::vector<rounds::Variant> v;
    v.push_back({"by hand, flat table, fetched ahead", [input] { return by_hand<FlatTable>(*input); }});
    v.push_back({"by hand, two threads, each its keys", [input] { return by_hand_in_two_threads(*input); }});
    v.push_back({"by hand, two threads, one feeds the other", [input] { return by_hand_fed(*input); }});
    v.push_back({"weir", [input] { return by_weir(*input, windows()); }});
    v.push_back({"weir, parallel(2, ...)", [input] { return by_weir(*input, weir::parallel(2, windows())); }});
    v.push_back({"weir, parallel(2, ... | sink)", [input] { return by_weir_in_copies(*input); }});
    v.push_back({"weir, tap | ...", [input] { return by_weir(*input, weir::tap([](const Trade&) {}) | windows()); }});
    v.push_back({"weir, tap | parallel(2, ...)", [input] { return by_weir(*input, weir::tap([](const Trade&) {}) | weir::parallel(2, windows())); }});
#ifdef PEER_ABSL
    v.push_back({"by hand, absl flat_hash_map", [input] { return by_hand<MapTable<absl::flat_hash_map<std::uint64_t, Totals>>>(*input); }});
#endif
    v.push_back({"by hand, std unordered_map", [input] { return by_hand<MapTable<std::unordered_map<std::uint64_t, Totals>>>(*input); }});
    return v;
}

rounds::Group keyed_group(const std::string& title, std::size_t n, bool is_zipf) {
    return {title, [n, is_zipf](std::size_t events) { return keyed(is_zipf ? keys::zipf(events, n) : keys::uniform(events, n)); }};
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    for (const auto& [name, n] : {std::pair("1k", 1'000), std::pair("100k", 100'000), std::pair("1M", 1'000'000)})
        for (const bool is_zipf : {false, true})
            groups.push_back(keyed_group(std::string(name) + " keys, " + (is_zipf ? "Zipf" : "uniform"), static_cast<std::size_t>(n), is_zipf));
    return rounds::main(argc, argv, std::move(groups), 20e6);
}
