// SPDX-License-Identifier: BSL-1.0
// Question: what does a keyed window of event time cost, beside the loop written by hand and other hash maps? (Options: rounds.hpp.)
// 20 million events (times scale) of 24 bytes, 10 us apart, out of order by up to 100 ms each way; tumbling windows of 10 s, a count and
// a sum for each key; the watermark is 200 ms behind. Keys as in keys.hpp. By hand: the watermark is looked at once for 1024 events, a
// window's keys lie in one flat table, whose places are fetched 32 events ahead, windows come out in any order of keys, and nothing is
// counted. weir: as it is shipped, in one task and in two copies behind one that feeds them: lateness is judged for each event, keys come out in the order of their first events, with a Report.
#include "keys.hpp"
#include "rounds.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
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
std::uint64_t by_hand(const std::vector<Trade>& events) {
    Checksum all;
    Table tables[2];
    std::int64_t start = 0; // of the older window, which is in tables[first]
    std::size_t first = 0;
    std::int64_t latest = 0;
    for (std::size_t begin = 0; begin < events.size(); begin += 1024) {
        const std::size_t end = std::min(events.size(), begin + 1024);
        for (std::size_t i = begin; i < end; ++i) {
            const Trade& e = events[i];
            if (i + 32 < end) {
                const Trade& ahead = events[i + 32];
                tables[ahead.time - start < window_size ? first : 1 - first].prefetch(ahead.key);
            }
            latest = std::max(latest, e.time);
            tables[e.time - start < window_size ? first : 1 - first].add(e.key, e.value);
        }
        while (latest - disorder >= start + window_size) {
            tables[first].give(start, all);
            first = 1 - first;
            start += window_size;
        }
    }
    tables[first].give(start, all);
    tables[1 - first].give(start + window_size, all);
    return all.sum;
}

/// around(chain): what the chain of the windows stands in.
template <typename Around>
std::uint64_t by_weir(const std::vector<Trade>& events, Around&& around) {
    Checksum all;
    weir::run(weir::from(events)
              | weir::event_time([](const Trade& e) { return weir::Timestamp(std::chrono::nanoseconds(e.time)); }, weir::bounded_disorder(200ms))
              | around(weir::key_by(&Trade::key) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count(), weir::sum(&Trade::value)))
              | weir::for_each([&all](const auto& row) {
                    const auto& [key, window, values] = row;
                    all.add(key, window.start.time_since_epoch().count(), std::get<0>(values), std::get<1>(values));
                }));
    return all.sum;
}

std::vector<rounds::Variant> keyed(const keys::Keys& drawn) {
    const auto input = trades(drawn);
    std::vector<rounds::Variant> v;
    v.push_back({"by hand, flat table, fetched ahead", [input] { return by_hand<FlatTable>(*input); }});
    v.push_back({"weir", [input] { return by_weir(*input, [](auto chain) { return chain; }); }});
    v.push_back({"weir, parallel(2, ...)", [input] { return by_weir(*input, [](auto chain) { return weir::parallel(2, chain); }); }});
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
