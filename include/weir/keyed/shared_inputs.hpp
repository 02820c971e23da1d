// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weir::detail {

/// What has become of inputs that are in several windows at once: they have been given when one of them was, and are lost when the
/// last of them goes before that. Those of a key that are in the same windows are one number, and as many such sets of windows as
/// have been open at once are used again.
template <typename Key>
class SharedInputs {
public:
    using Range = std::pair<Timestamp, Timestamp>; // a window: start, end
    using Ranges = std::vector<Range>;

    /// An input of the key came into these windows.
    template <typename K>
    void add(const K& key, std::uint64_t hash, const Ranges& windows) {
        Set& set = set_of(windows);
        ++set.counts[set.counts.find_or_insert(key, hash).first].value;
        ++set.n;
    }
    /// A window gives what it has of the key: how many of its inputs nothing had given before.
    std::uint64_t give(const Key& key, Range window) {
        std::uint64_t given = 0;
        for (Set& set : sets_) { // few have inputs that were not given
            if (set.n == 0 || std::find(set.windows.begin(), set.windows.end(), window) == set.windows.end()) continue;
            const std::uint32_t row = set.counts.find(key, hash_of_key(key));
            if (row == set.counts.none) continue;
            const std::uint64_t n = std::exchange(set.counts[row].value, 0);
            set.n -= n;
            given += n;
        }
        return given;
    }
    /// A window goes: how many inputs are in none any more and were never given.
    std::uint64_t close(Range window) {
        std::uint64_t lost = 0;
        for (std::size_t i = sets_.size(); i-- > 0;) {
            Set& set = sets_[i];
            std::erase(set.windows, window);
            if (not set.windows.empty()) continue;
            lost += std::exchange(set.n, 0);
            set.counts.clear();
            spare_.push_back(std::move(set));
            if (i + 1 != sets_.size()) set = std::move(sets_.back());
            sets_.pop_back();
        }
        return lost;
    }

    void save(StateWriter& to) const {
        to.put(sets_.size());
        for (const Set& set : sets_) {
            to.put(set.windows);
            set.counts.save(to);
            to.put(set.n);
        }
    }
    void load(StateReader& from) {
        sets_.clear();
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            Set set;
            from.get(set.windows);
            set.counts.load(from);
            from.get(set.n);
            sets_.push_back(std::move(set));
        }
    }

private:
    /// The windows that are still open of those that some inputs went into.
    struct Set {
        Ranges windows{};
        Table<Key, std::uint64_t> counts{}; // of inputs that were not given
        std::uint64_t n = 0;                // their sum
    };

    Set& set_of(const Ranges& windows) {
        if (recent_ < sets_.size() && sets_[recent_].windows == windows) return sets_[recent_];
        for (recent_ = 0; recent_ < sets_.size(); ++recent_)
            if (sets_[recent_].windows == windows) return sets_[recent_];
        if (spare_.empty()) spare_.emplace_back();
        spare_.back().windows = windows;
        sets_.push_back(std::move(spare_.back()));
        spare_.pop_back();
        return sets_.back();
    }

    std::vector<Set> sets_;
    std::vector<Set> spare_;   // their memory is used again
    std::size_t recent_ = 0;   // where the last input went
};

/// Where an input is in one window only.
struct NoSharedInputs {};

} // namespace weir::detail
