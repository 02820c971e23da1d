// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// What has become of inputs that are in several windows at once: they have been given when one of them was, and are lost when the
/// last of them goes before that. Those of a key that are in the same windows are one number. It lies with the key's row in the first
/// of these windows, where it costs least, as long as that is open and has no such number for other windows; else it lies here.
///     Sets of windows have numbers; as many as have been open at once are used again.
template <typename Key>
class SharedInputs {
public:
    using Range = std::pair<Timestamp, Timestamp>; // a window: start, end
    using Ranges = JobVector<Range>;

    /// Of a key's row in a window: inputs that nothing gave, and in which windows they are.
    struct Held {
        std::uint64_t n = 0;
        std::uint32_t set = 0;
        static constexpr auto fields() { return weir::fields("n", &Held::n, "set", &Held::set); }
    };

    [[nodiscard]] std::uint32_t set_of(const Ranges& windows) {
        if (recent_ < sets_.size() && sets_[recent_].windows == windows) return recent_;
        std::uint32_t free = static_cast<std::uint32_t>(sets_.size());
        for (recent_ = 0; recent_ < sets_.size(); ++recent_) {
            if (sets_[recent_].windows == windows) return recent_;
            if (sets_[recent_].windows.empty()) free = recent_;
        }
        if (free == sets_.size()) {
            const MemoryScope scope(sets_.get_allocator().source);
            sets_.emplace_back();
        }
        sets_[free].windows = windows;
        return recent_ = free;
    }
    /// An input came into these windows. held: of its key in the first of them.
    template <typename K>
    void add(std::uint32_t set, Held& held, const K& key, std::uint64_t hash) {
        ++sets_[set].n;
        if (held.n == 0) held.set = set;
        if (held.set == set) ++held.n;
        else add_apart(set, key, hash, 1);
    }
    /// A window gives what it has of the key: how many of its inputs nothing had given before. held: of the key in this window;
    /// held_in(window, hash): in another, or null.
    template <typename HeldIn>
    std::uint64_t give(Range window, const Key& key, Held& held, HeldIn&& held_in) {
        std::uint64_t given = held.n != 0 ? take(held) : 0;
        for (std::uint32_t i = 0; i < sets_.size(); ++i) { // few have inputs that were not given
            Set& set = sets_[i];
            if (set.n == 0 || std::find(set.windows.begin(), set.windows.end(), window) == set.windows.end()) continue;
            const bool is_first = set.windows.front() == window;
            if (is_first && set.apart.empty()) continue;
            const std::uint64_t hash = hash_of_key(key);
            if (const std::uint32_t row = set.apart.find(key, hash); row != set.apart.none) {
                const std::uint64_t n = std::exchange(set.apart[row].value, 0);
                set.n -= n;
                given += n;
            }
            if (is_first) continue;
            Held* const other = held_in(set.windows.front(), hash);
            if (other && other->n != 0 && other->set == i) given += take(*other);
        }
        return given;
    }
    /// The key goes, all of whose inputs have been taken out.
    void forget(const Key& key, std::uint64_t hash) {
        for (Set& set : sets_)
            if (const std::uint32_t row = set.apart.find(key, hash); row != set.apart.none) set.apart.erase(row);
    }
    /// Before a window goes: whether inputs may lie with its rows that are to go on to others.
    [[nodiscard]] bool is_held_in(Range window) const {
        return std::any_of(sets_.begin(), sets_.end(), [&](const Set& set) { return set.n != 0 && set.windows.front() == window; });
    }
    void move_on(const Key& key, const Held& held) { add_apart(held.set, key, hash_of_key(key), held.n); }
    /// A window goes: how many inputs are in none any more and were never given.
    std::uint64_t close(Range window) {
        std::uint64_t lost = 0;
        for (Set& set : sets_) {
            if (std::erase(set.windows, window) == 0 || not set.windows.empty()) continue;
            lost += std::exchange(set.n, 0);
            set.apart.clear();
        }
        return lost;
    }

    void save(StateWriter& to) const {
        to.put(sets_.size());
        for (const Set& set : sets_) {
            to.put(set.windows);
            set.apart.save(to);
            to.put(set.n);
        }
    }
    void load(StateReader& from) {
        sets_.clear();
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            Set set;
            from.get(set.windows);
            set.apart.load(from);
            from.get(set.n);
            sets_.push_back(std::move(set));
        }
    }

private:
    /// The windows that are still open of those that some inputs went into; none: it is free.
    struct Set {
        Ranges windows{};
        Table<Key, std::uint64_t> apart{}; // inputs that were not given and do not lie with a row
        std::uint64_t n = 0;               // all that were not given
    };

    template <typename K>
    void add_apart(std::uint32_t set, const K& key, std::uint64_t hash, std::uint64_t n) {
        auto& apart = sets_[set].apart;
        apart[apart.find_or_insert(key, hash).first].value += n;
    }
    std::uint64_t take(Held& held) noexcept {
        sets_[held.set].n -= held.n;
        return std::exchange(held.n, 0);
    }

    JobVector<Set> sets_;
    std::uint32_t recent_ = 0; // where the last input went
};

/// Where an input is in one window only.
struct NoSharedInputs {
    struct Held {};
};

} // namespace weir::detail
