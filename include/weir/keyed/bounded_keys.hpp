// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/fetch.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// A table makes its values before anybody knows what they are to be: T itself where it can be made of nothing.
template <typename T>
inline constexpr bool made_of_nothing = std::default_initializable<T> && std::is_move_assignable_v<T>;
template <typename T>
using kept_state_t = std::conditional_t<made_of_nothing<T>, T, std::optional<T>>;

/// The states of keys, of no more than max_keys and for no longer than ttl, in the rows of a table.
///     Which was changed longest ago is known by a list through all of them, exact and in constant time; it is kept only where keys
///     are evicted. When they get too old is known by a heap with a promise for each: its time is not later than the key's. It is
///     looked at only when it comes up, and then often put back: so a change writes one number, and no heap is sorted for it.
///     Rows move when others go; a handle stays the key's own. State may have stays() const, which says that it must not grow too old
///     now; then its keys have handles, as they have where they grow old.
///     Nothing is allocated once there have been as many keys as there ever will be.
template <typename Key, typename State>
class BoundedKeys {
public:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    explicit BoundedKeys(const CheckedOptions& options = {})
        : options_(options), evicts_(options.max_keys != unlimited && options.at_max == AtMaxKeys::evict), ages_(options.ttl != Duration::max()) {}

    struct Unseen {
        void operator()(const Key&) const noexcept {}
    };
    /// The key's row, none where its event is to be dropped, and whether it is new. It holds until the next call that lets keys go.
    /// leave(key) is told of one that is evicted.
    template <typename K, typename Leave = Unseen>
    WEIR_INLINE std::pair<std::uint32_t, bool> enter(const K& key, std::uint64_t hash, const Leave& leave = {}) {
        if (rows_.size() >= options_.max_keys) [[unlikely]] return enter_full(key, hash, leave);
        return insert(key, hash);
    }
    [[nodiscard]] WEIR_INLINE State& operator[](std::uint32_t row) noexcept {
        if constexpr (made_of_nothing<State>) return rows_[row].value;
        else return *rows_[row].value;
    }
    /// Gives a new key its first state.
    template <typename S>
    WEIR_INLINE void begin(std::uint32_t row, S&& state) { rows_[row].value = std::forward<S>(state); }
    [[nodiscard]] const Key& key(std::uint32_t row) const noexcept { return rows_[row].key; }
    [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(rows_.size()); }

    [[nodiscard]] std::uint32_t handle(std::uint32_t row) const noexcept { return handles_[row]; }
    /// None where the key has gone. (Of a handle that is free, places_ says which is the next.)
    [[nodiscard]] std::uint32_t row_of(std::uint32_t handle) const noexcept {
        const std::uint32_t row = places_[handle];
        return row < size() && handles_[row] == handle ? row : none;
    }

    /// The same of a key that is sure to be there.
    [[nodiscard]] WEIR_INLINE std::uint32_t row_of_kept(std::uint32_t handle) const noexcept { return places_[handle]; }
    /// The key's row, or none.
    template <typename K>
    [[nodiscard]] WEIR_INLINE std::uint32_t find(const K& key, std::uint64_t hash) const noexcept { return rows_.find(key, hash); }
    /// Where keys are evicted: the row of the one that goes next.
    [[nodiscard]] std::uint32_t oldest() const noexcept { return oldest_; }
    [[nodiscard]] bool evicts() const noexcept { return evicts_; }
    [[nodiscard]] bool is_bounded() const noexcept { return options_.max_keys != unlimited; }
    WEIR_INLINE void fetch_place(std::uint32_t handle) const noexcept { fetch(&places_[handle]); }

    /// What says that looking for several keys together pays, and fetches what they have: see Table.
    [[nodiscard]] bool is_large() const noexcept { return rows_.is_large(); }
    void guess(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) const noexcept { rows_.guess(hashes, numbers); }
    template <typename K>
    [[nodiscard]] WEIR_INLINE bool is_row_of(std::uint32_t number, const K& key) const noexcept { return rows_.is_row_of(number, key); }

    /// The state has been changed at t, of the clock by which it grows old. Every key that is entered is to be changed.
    WEIR_INLINE void changed(std::uint32_t row, Timestamp t) {
        if (evicts_ && row != newest_) {
            unlink(row);
            append(row);
        }
        if (ages_) prolong(row, saturating_add(t, options_.ttl));
    }
    void forget(std::uint32_t row) {
        if (evicts_) unlink(row);
        if (tracks()) places_[handles_[row]] = std::exchange(free_, handles_[row]);
        if (const std::uint32_t last = rows_.erase(row); last != row) moved(last, row);
    }

    /// No key gets too old before.
    [[nodiscard]] Timestamp due() const noexcept { return promises_.empty() ? max_time : promises_.front().at; }
    /// Forgets the keys that are too old at t.
    void expire(Timestamp t) {
        while (due() <= t) {
            const Promise promise = promises_.front();
            std::pop_heap(promises_.begin(), promises_.end(), later);
            promises_.pop_back();
            const std::uint32_t row = row_of(promise.handle);
            if (row == none || lives_[row].promised != promise.at) continue; // the key has gone, or made an earlier one since
            lives_[row].promised = max_time;
            if (lives_[row].until > t) arm(row, lives_[row].until);
            else if (not stays(row)) forget(row);
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
        if (evicts_) { // so that they are loaded in this order
            for (std::uint32_t row = oldest_; row != none; row = links_[row].newer) put(to, row);
        } else {
            for (std::uint32_t row = 0; row < size(); ++row) put(to, row);
        }
    }
    void load(StateReader& from) {
        *this = BoundedKeys(options_);
        from.get(refused_);
        from.get(evicted_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            const Key key = from.get<Key>();
            const std::uint32_t row = insert(key, hash_of_key(key)).first;
            from.get(rows_[row].value);
            if (not ages_) continue;
            from.get(lives_[row].until);
            if (lives_[row].until != max_time) arm(row, lives_[row].until);
        }
    }

private:
    template <typename T>
    using Array = std::vector<T, PageAllocator<T>>;
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
        std::uint32_t handle;
    };
    static bool later(const Promise& a, const Promise& b) noexcept { return a.at > b.at; }
    static constexpr bool can_stay = requires(const State& state) { { state.stays() } -> std::convertible_to<bool>; };

    [[nodiscard]] bool tracks() const noexcept { return can_stay || ages_; }

    template <typename K>
    WEIR_INLINE std::pair<std::uint32_t, bool> insert(const K& key, std::uint64_t hash) {
        const auto [row, is_new] = rows_.find_or_insert(key, hash);
        if (is_new && (evicts_ || tracks())) [[unlikely]] added(row);
        return {row, is_new};
    }
    template <typename K, typename Leave>
    [[gnu::noinline]] std::pair<std::uint32_t, bool> enter_full(const K& key, std::uint64_t hash, const Leave& leave) {
        if (const std::uint32_t row = rows_.find(key, hash); row != none) return {row, false};
        switch (options_.at_max) {
        case AtMaxKeys::fail: refuse_key(options_, key);
        case AtMaxKeys::drop_new: ++refused_; return {none, false};
        case AtMaxKeys::evict:
            ++evicted_;
            leave(rows_[oldest_].key);
            forget(oldest_);
        }
        return insert(key, hash);
    }
    /// A new row is the last.
    [[gnu::noinline]] void added(std::uint32_t row) {
        if (evicts_) {
            if (links_.size() == row) links_.emplace_back();
            append(row);
        }
        if (ages_) {
            if (lives_.size() == row) lives_.emplace_back();
            lives_[row] = {};
        }
        if (not tracks()) return;
        std::uint32_t handle = free_;
        if (handle != none) {
            free_ = places_[handle];
        } else {
            handle = static_cast<std::uint32_t>(places_.size());
            places_.push_back(row);
        }
        places_[handle] = row;
        if (handles_.size() == row) handles_.push_back(handle);
        else handles_[row] = handle;
    }
    void moved(std::uint32_t from, std::uint32_t to) noexcept {
        if (evicts_) {
            links_[to] = links_[from];
            (links_[to].older == none ? oldest_ : links_[links_[to].older].newer) = to;
            (links_[to].newer == none ? newest_ : links_[links_[to].newer].older) = to;
        }
        if (ages_) lives_[to] = lives_[from];
        if (tracks()) places_[handles_[to] = handles_[from]] = to;
    }

    void append(std::uint32_t row) noexcept {
        links_[row] = {newest_, none};
        (newest_ == none ? oldest_ : links_[newest_].newer) = row;
        newest_ = row;
    }
    void unlink(std::uint32_t row) noexcept {
        const Link link = links_[row];
        (link.older == none ? oldest_ : links_[link.older].newer) = link.newer;
        (link.newer == none ? newest_ : links_[link.newer].older) = link.older;
    }

    WEIR_INLINE void prolong(std::uint32_t row, Timestamp until) {
        Life& life = lives_[row];
        life.until = std::max(life.until, until);
        if (life.until < life.promised) arm(row, life.until);
    }
    [[gnu::noinline]] void arm(std::uint32_t row, Timestamp at) {
        if (promises_.size() >= 2 * lives_.size() + 16) drop_broken();
        lives_[row].promised = at;
        promises_.push_back({at, handles_[row]});
        std::push_heap(promises_.begin(), promises_.end(), later);
    }
    /// Keys that went have left promises behind.
    void drop_broken() {
        promises_.clear();
        for (std::uint32_t row = 0; row < size(); ++row)
            if (lives_[row].promised != max_time) promises_.push_back({lives_[row].promised, handles_[row]});
        std::make_heap(promises_.begin(), promises_.end(), later);
    }
    [[nodiscard]] bool stays(std::uint32_t row) {
        if constexpr (can_stay) return (*this)[row].stays();
        else return false;
    }
    void put(StateWriter& to, std::uint32_t row) const {
        to.put(rows_[row].key);
        to.put(rows_[row].value);
        if (ages_) to.put(lives_[row].until);
    }

    CheckedOptions options_;
    bool evicts_;
    bool ages_;
    Table<Key, kept_state_t<State>> rows_;
    Array<Link> links_;            // of each row, where keys are evicted
    Array<Life> lives_;            // of each row, where they grow old
    Array<dependent_t<std::uint32_t, Key>> handles_; // of each row, where there are any
    Array<dependent_t<std::uint32_t, Key>> places_;  // the row of each handle
    Array<Promise> promises_;
    std::uint32_t free_ = none;
    std::uint32_t oldest_ = none;
    std::uint32_t newest_ = none;
    std::uint64_t refused_ = 0;
    std::uint64_t evicted_ = 0;
};

} // namespace weir::detail
