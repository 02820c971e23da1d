// SPDX-License-Identifier: BSL-1.0
// Question: what does grouping stored rows (count and sum for each key, all in memory) cost beside the hash map that its user would have
// written it with? (Options: rounds.hpp.) Rows of 16 bytes from an empty table on, growth and giving the groups included; keys as in
// keys.hpp. "by hand, parts": all rows are copied into 256 parts by their hash first, then each part is grouped: the fastest that is known
// here for many keys, which needs all rows twice and forgets the order of the groups (that of their first rows with weir).
// Debian packages: libabsl-dev (linked, so it needs WEIR_PEER_ABSL also), robin-map-dev.
#include "keys.hpp"
#include "rounds.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#if defined(WEIR_PEER_ABSL) && __has_include(<absl/container/flat_hash_map.h>)
#include <absl/container/flat_hash_map.h>
#define PEER_ABSL
#endif
#if __has_include(<tsl/robin_map.h>)
#include <tsl/robin_map.h>
#define PEER_TSL
#endif

namespace {

struct Row {
    std::uint64_t key;
    std::uint64_t value;
};
using Rows = std::vector<Row>;

struct Group {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    void add(std::uint64_t value) { ++count, sum += value; }
};

/// In any order.
std::uint64_t mixed(std::uint64_t checksum, std::uint64_t key, std::uint64_t count, std::uint64_t sum) { return checksum + key * (count * 31 + sum); }

std::uint64_t by_weir(const Rows& rows) {
    std::uint64_t checksum = 0;
    weir::run(weir::from(rows) | weir::key_by(&Row::key) | weir::aggregate(weir::count(), weir::sum(&Row::value)) |
                  weir::fold_into(checksum, [](std::uint64_t all, const auto& row) { return mixed(all, row.key, std::get<0>(row.value), std::get<1>(row.value)); }),
              {.memory = std::size_t{8} << 30U});
    return checksum;
}

template <typename Map>
std::uint64_t in_map(const Rows& rows) {
    Map map;
    for (const Row& row : rows) map[row.key].add(row.value);
    std::uint64_t checksum = 0;
    for (const auto& [key, group] : map) checksum = mixed(checksum, key, group.count, group.sum);
    return checksum;
}

/// Open addressing in one array, linear probing, at most half full.
class Flat {
    struct Slot {
        std::uint64_t key = 0;
        Group group; // of a count of 0: empty
    };
    using Slots = std::vector<Slot, weir::detail::PageAllocator<Slot>>;

public:
    explicit Flat(std::size_t size = 1024) : slots_(size) {}
    void add(const Row& row, std::uint64_t hash) {
        Slot& slot = slot_of(row.key, hash);
        if (slot.group.count == 0) {
            slot.key = row.key;
            if (++size_ > slots_.size() / 2) {
                slot.group.add(row.value);
                return grow();
            }
        }
        slot.group.add(row.value);
    }
    void fetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
    [[nodiscard]] std::uint64_t checksum() const {
        std::uint64_t all = 0;
        for (const Slot& slot : slots_) all = mixed(all, slot.key, slot.group.count, slot.group.sum);
        return all;
    }
    void clear() {
        std::fill(slots_.begin(), slots_.end(), Slot{});
        size_ = 0;
    }

private:
    Slot& slot_of(std::uint64_t key, std::uint64_t hash) {
        std::size_t at = hash & (slots_.size() - 1);
        while (slots_[at].key != key && slots_[at].group.count != 0) at = (at + 1) & (slots_.size() - 1);
        return slots_[at];
    }
    void grow() {
        Slots old(slots_.size() * 2);
        old.swap(slots_);
        for (const Slot& slot : old)
            if (slot.group.count != 0) slot_of(slot.key, weir::detail::hash_of_key(slot.key)) = slot;
    }
    Slots slots_;
    std::size_t size_ = 0;
};

std::uint64_t flat(const Rows& rows) {
    Flat groups;
    for (const Row& row : rows) groups.add(row, weir::detail::hash_of_key(row.key));
    return groups.checksum();
}
std::uint64_t flat_fetched(const Rows& rows) {
    Flat groups;
    constexpr std::size_t ahead = 32;
    std::array<std::uint64_t, ahead> hashes{};
    for (std::size_t i = 0; i < rows.size() + ahead; ++i) {
        if (i >= ahead) groups.add(rows[i - ahead], hashes[i % ahead]);
        if (i < rows.size()) groups.fetch(hashes[i % ahead] = weir::detail::hash_of_key(rows[i].key));
    }
    return groups.checksum();
}

std::uint64_t in_parts(const Rows& rows) {
    constexpr std::size_t parts = 256, line = 8; // rows that are copied together
    std::array<std::size_t, parts + 1> begins{};
    const auto part_of = [](std::uint64_t hash) { return hash >> 56U; };
    for (const Row& row : rows) ++begins[part_of(weir::detail::hash_of_key(row.key)) + 1];
    for (std::size_t i = 0; i < parts; ++i) begins[i + 1] += begins[i];
    Rows sorted(rows.size());
    std::array<std::size_t, parts> ends{};
    std::copy_n(begins.begin(), parts, ends.begin());
    std::vector<std::array<Row, line>> waiting(parts);
    std::array<std::uint8_t, parts> n{};
    for (const Row& row : rows) {
        const std::size_t part = part_of(weir::detail::hash_of_key(row.key));
        waiting[part][n[part]] = row;
        if (++n[part] < line) continue;
        std::memcpy(&sorted[ends[part]], waiting[part].data(), sizeof waiting[part]);
        ends[part] += line;
        n[part] = 0;
    }
    std::uint64_t checksum = 0;
    Flat groups;
    for (std::size_t part = 0; part < parts; ++part) {
        std::copy_n(waiting[part].data(), n[part], sorted.data() + ends[part]);
        groups.clear();
        for (std::size_t i = begins[part]; i < begins[part + 1]; ++i) groups.add(sorted[i], weir::detail::hash_of_key(sorted[i].key));
        checksum += groups.checksum();
    }
    return checksum;
}

std::vector<rounds::Variant> variants(const keys::Keys& drawn) {
    auto rows = std::make_shared<Rows>();
    rows->reserve(drawn.size());
    for (std::size_t i = 0; i < drawn.size(); ++i) rows->push_back({drawn[i], i & 0xff});
    std::vector<rounds::Variant> v;
    const auto add = [&v, rows](const char* name, std::uint64_t (*group)(const Rows&)) {
        v.push_back({name, [rows, group] { return group(*rows); }});
    };
#ifdef PEER_ABSL
    add("by hand, absl::flat_hash_map", in_map<absl::flat_hash_map<std::uint64_t, Group>>);
#endif
    add("weir", by_weir);
    add("by hand, flat", flat);
    add("by hand, flat, fetched ahead", flat_fetched);
    add("by hand, parts", in_parts);
#ifdef PEER_TSL
    add("by hand, tsl::robin_map", in_map<tsl::robin_map<std::uint64_t, Group>>);
#endif
    add("by hand, std::unordered_map", in_map<std::unordered_map<std::uint64_t, Group>>);
    return v;
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    for (const auto& [name, n_keys] : {std::pair("1k", 1'000), std::pair("100k", 100'000), std::pair("1M", 1'000'000), std::pair("10M", 10'000'000)})
        for (const bool is_zipf : {false, true})
            groups.push_back({std::string(name) + " keys, " + (is_zipf ? "Zipf" : "uniform"), [n = static_cast<std::size_t>(n_keys), is_zipf](std::size_t events) {
                                  return variants(is_zipf ? keys::zipf(events, n) : keys::uniform(events, n));
                              }});
    return rounds::main(argc, argv, std::move(groups), 50e6);
}
