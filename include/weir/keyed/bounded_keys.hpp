// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// A table makes its values before anybody knows what they are to be: T itself where it can be made of nothing.
template <typename T>
inline constexpr bool made_of_nothing = std::default_initializable<T> && std::is_move_assignable_v<T>;
template <typename T>
using kept_state_t = std::conditional_t<made_of_nothing<T>, T, std::optional<T>>;

/// The states of keys, of no more than max_keys and for no longer than ttl.
///     A key has a number, which stays the same while it is known. Which was changed longest ago is known by a list through all of
///     them, exact and in constant time; it is kept only where keys are evicted. When they get too old is known by a heap with a
///     promise for each: its time is not later than the key's. It is looked at only when it comes up, and then often put back: so a
///     change writes one number, and no heap is sorted for it.
///     State may have forget(), to be as at first but keep its memory, and stays() const, which says that it must not grow too old now.
///     Nothing is allocated once there have been as many keys as there ever will be.
template <typename Key, typename State>
class BoundedKeys {
public:
    static constexpr std::uint32_t none = Table<Key, std::uint32_t>::none;

    explicit BoundedKeys(const KeyedOptions& options = {})
        : options_(options), evicts_(options.max_keys != unlimited && options.at_max == AtMaxKeys::evict), ages_(options.ttl != Duration::max()) {}

    /// The key's number, none where its event is to be dropped, and whether it is new.
    template <typename K>
    WEIR_INLINE std::pair<std::uint32_t, bool> enter(const K& key, std::uint64_t hash) {
        if (rows_.size() >= options_.max_keys) [[unlikely]] return enter_full(key, hash);
        return insert(key, hash);
    }
    [[nodiscard]] WEIR_INLINE State& operator[](std::uint32_t id) noexcept {
        if constexpr (made_of_nothing<State>) return entries_[id].state;
        else return *entries_[id].state;
    }
    /// Gives a new key its first state.
    template <typename S>
    WEIR_INLINE void begin(std::uint32_t id, S&& state) { entries_[id].state = std::forward<S>(state); }
    [[nodiscard]] const Key& key(std::uint32_t id) const noexcept { return rows_[entries_[id].row].key; }
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    template <typename Fn>
    void for_each(Fn&& fn) {
        for (const auto& row : rows_) fn(row.value, (*this)[row.value]);
    }

    /// The state has been changed at t, of the clock by which it grows old. Every key that is entered is to be changed.
    WEIR_INLINE void changed(std::uint32_t id, Timestamp t) {
        if (evicts_ && id != newest_) renew(id);
        if (ages_) prolong(id, saturating_add(t, options_.ttl));
    }
    void forget(std::uint32_t id) {
        reset(entries_[id].state);
        if (evicts_) unlink(id);
        if (ages_) lives_[id].until = max_time;
        const std::uint32_t row = std::exchange(entries_[id].row, std::exchange(free_, id));
        rows_.erase(row);
        if (row < rows_.size()) entries_[rows_[row].value].row = row; // the last row has moved here
    }

    /// No key gets too old before.
    [[nodiscard]] Timestamp due() const noexcept { return promises_.empty() ? max_time : promises_.front().at; }
    /// Forgets the keys that are too old at t.
    void expire(Timestamp t) {
        while (due() <= t) {
            const Promise promise = promises_.front();
            std::pop_heap(promises_.begin(), promises_.end(), later);
            promises_.pop_back();
            Life& life = lives_[promise.id];
            if (life.promised != promise.at) continue; // there was an earlier one since
            life.promised = max_time;
            if (life.until == max_time) continue; // the key has gone
            if (life.until > t) arm(promise.id, life.until);
            else if (not stays(promise.id)) forget(promise.id);
        }
    }

    void report(OperatorReport& row) const noexcept {
        row.dropped(Drop::overflow) = refused_;
        row.evicted_keys = evicted_;
    }
    void save(StateWriter& to) const {
        to.put(refused_);
        to.put(evicted_);
        to.put(rows_.size());
        const auto put = [&](std::uint32_t id) {
            to.put(key(id));
            to.put(entries_[id].state);
            if (ages_) to.put(lives_[id].until);
        };
        if (evicts_) {
            for (std::uint32_t id = oldest_; id != none; id = links_[id].newer) put(id);
        } else {
            for (const auto& row : rows_) put(row.value);
        }
    }
    void load(StateReader& from) {
        *this = BoundedKeys(options_);
        from.get(refused_);
        from.get(evicted_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            const Key key = from.get<Key>();
            const std::uint32_t id = insert(key, hash_of_key(key)).first;
            from.get(entries_[id].state);
            if (evicts_) renew(id);
            if (not ages_) continue;
            from.get(lives_[id].until);
            if (lives_[id].until != max_time) arm(id, lives_[id].until);
        }
    }

private:
    struct Entry {
        kept_state_t<State> state{};
        std::uint32_t row = none; // in rows_; the next free entry where it is not used
    };
    struct Link {
        std::uint32_t older = none;
        std::uint32_t newer = none;
    };
    struct Life {
        Timestamp until = min_time;
        Timestamp promised = max_time;
    };
    struct Promise {
        Timestamp at;
        std::uint32_t id;
    };
    static bool later(const Promise& a, const Promise& b) noexcept { return a.at > b.at; }

    template <typename K>
    WEIR_INLINE std::pair<std::uint32_t, bool> insert(const K& key, std::uint64_t hash) {
        const auto [row, is_new] = rows_.find_or_insert(key, hash);
        if (not is_new) [[likely]] return {rows_[row].value, false};
        return {take(row), true};
    }
    template <typename K>
    [[gnu::noinline]] std::pair<std::uint32_t, bool> enter_full(const K& key, std::uint64_t hash) {
        if (const std::uint32_t row = rows_.find(key, hash); row != none) return {rows_[row].value, false};
        switch (options_.at_max) {
        case AtMaxKeys::fail: throw TooManyKeys();
        case AtMaxKeys::drop_new: ++refused_; return {none, false};
        case AtMaxKeys::evict: ++evicted_; forget(oldest_);
        }
        return insert(key, hash);
    }
    [[gnu::noinline]] std::uint32_t take(std::uint32_t row) {
        std::uint32_t id = free_;
        if (id != none) {
            free_ = entries_[id].row;
        } else {
            id = static_cast<std::uint32_t>(entries_.size());
            entries_.emplace_back();
            if (evicts_) links_.emplace_back();
            if (ages_) lives_.emplace_back();
        }
        entries_[id].row = row;
        rows_[row].value = id;
        if (evicts_) append(id);
        if (ages_) lives_[id].until = min_time;
        return id;
    }

    void append(std::uint32_t id) noexcept {
        links_[id] = {newest_, none};
        (newest_ == none ? oldest_ : links_[newest_].newer) = id;
        newest_ = id;
    }
    void unlink(std::uint32_t id) noexcept {
        const Link link = links_[id];
        (link.older == none ? oldest_ : links_[link.older].newer) = link.newer;
        (link.newer == none ? newest_ : links_[link.newer].older) = link.older;
    }
    void renew(std::uint32_t id) noexcept {
        unlink(id);
        append(id);
    }

    WEIR_INLINE void prolong(std::uint32_t id, Timestamp until) {
        Life& life = lives_[id];
        life.until = std::max(life.until, until);
        if (life.until < life.promised) arm(id, life.until);
    }
    [[gnu::noinline]] void arm(std::uint32_t id, Timestamp at) {
        if (promises_.size() >= 2 * lives_.size() + 16) drop_broken();
        lives_[id].promised = at;
        promises_.push_back({at, id});
        std::push_heap(promises_.begin(), promises_.end(), later);
    }
    /// Numbers of keys that went, and of others that came to go earlier, have left promises behind.
    void drop_broken() {
        promises_.clear();
        for (std::uint32_t id = 0; id < lives_.size(); ++id) {
            if (lives_[id].until == max_time) lives_[id].promised = max_time;
            if (lives_[id].promised != max_time) promises_.push_back({lives_[id].promised, id});
        }
        std::make_heap(promises_.begin(), promises_.end(), later);
    }
    [[nodiscard]] bool stays(std::uint32_t id) const {
        if constexpr (requires(const State& state) { { state.stays() } -> std::convertible_to<bool>; }) return entries_[id].state.stays();
        else return false;
    }
    static void reset(kept_state_t<State>& state) {
        if constexpr (requires { state.forget(); }) state.forget();
        else if constexpr (KeepsMemory<kept_state_t<State>>) state.clear();
        else state = kept_state_t<State>{};
    }

    KeyedOptions options_;
    bool evicts_;
    bool ages_;
    Table<Key, std::uint32_t> rows_; // -> number
    std::vector<Entry> entries_;
    std::vector<Link> links_;  // where keys are evicted
    std::vector<Life> lives_;  // where they grow old
    std::vector<Promise> promises_;
    std::uint32_t free_ = none;
    std::uint32_t oldest_ = none;
    std::uint32_t newest_ = none;
    std::uint64_t refused_ = 0;
    std::uint64_t evicted_ = 0;
};

} // namespace weir::detail
