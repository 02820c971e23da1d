// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/buffer.hpp>
#include <weir/core/key.hpp>
#include <weir/core/page_allocator.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/event_block.hpp>
#include <weir/keyed/fetch.hpp>
#include <weir/keyed/partitions.hpp>
#include <weir/keyed/table.hpp>
#include <weir/keyed/window_entry.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A table is all.
struct NoParts {
    static constexpr bool fits = false;
    struct projection {};
};

/// From which size on a table of groups is kept in parts, how many bytes of values wait for them at least, and of how few keys too many
/// events are. Measured: benchmarks/groups.cpp.
struct PartSizes {
    std::size_t table = std::size_t{24} << 20U;
    std::size_t waiting = std::size_t{8} << 20U;
    std::size_t events_for_key = 5; // at most, while a table grew last; else some keys are far more frequent, and a table is faster
};
/// Tests have others for values of their own types.
template <typename T>
inline constexpr PartSizes part_sizes{};

/// Groups of which there are too many for the caches: in 256 tables by the upper bits of their keys' hashes. Values wait, each with those
/// of its part, until there are so many that a part is worth fetching; then part by part is brought up to date, in its order. Which of
/// the events were the first of their keys is noted, and so the groups are known in the order in which they came.
///     KeyOf: shows the key of a T. Nobody can tell when a value is added: no code of the user is called for that.
template <typename Key, typename Entry, typename T, typename KeyOf>
class GroupParts {
    using Rows = Table<Key, Entry>;
    static constexpr std::size_t header = std::max(sizeof(void*), alignof(T));
    static constexpr std::size_t chunk_bytes = std::max(std::bit_ceil(header + sizeof(T)), std::bit_floor(std::min<std::size_t>(part_sizes<T>.waiting / 2048 + 1, 4096)));
    struct alignas(chunk_bytes) Chunk { // values lie behind it
        Chunk() noexcept : next(nullptr) {} // and nothing else is written
        Chunk* next;
    };
    static constexpr std::size_t chunk_items = (chunk_bytes - header) / sizeof(T);
    static constexpr std::size_t chunks_at_once = std::max<std::size_t>(part_sizes<T>.waiting / 4 / chunk_bytes, 1); // of the default a huge page
    static constexpr std::size_t run = 64;
    static constexpr std::size_t line = 64; // of a cache

public:
    using projection = KeyOf;
    static constexpr PartSizes sizes = part_sizes<T>;
    /// The upper bits of a hash that is well mixed; of a user's, that need not be so, all bits.
    [[nodiscard]] static constexpr std::size_t part_of(std::uint64_t hash) noexcept {
        return static_cast<std::size_t>((HashedByUser<Key> ? splitmix64(hash) : hash) >> 56U);
    }
    static constexpr bool fits = EventBlock<Key, T, false>::fits && sizeof(T) <= 32 && is_part_of_value<KeyOf> && not owns_memory<Key>() && not owns_memory<Entry>();

    /// The rows of a table, in their order. Its memory comes from where this is made.
    GroupParts(const KeyOf& key_of, Rows& from, std::size_t limit) : key_of_(key_of) {
        order_.reserve(from.size() + 1);
        for (auto& row : from) {
            const std::uint64_t hash = hash_of_key(row.key);
            Rows& rows = rows_[part_of(hash)];
            const std::uint32_t number = rows.find_or_insert(std::move(row.key), hash).first;
            rows[number].value = std::move(row.value);
            order_.emplace(static_cast<std::uint8_t>(part_of(hash)));
        }
        settle(limit);
    }
    /// Whether so many groups, and values that wait, fit into this much memory.
    [[nodiscard]] static bool fit(std::size_t groups, std::size_t limit) noexcept { return most_of(groups, 0, limit) != 0; }

    [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
    /// How many values more may wait before add_waiting(). 0 behind that: not even few.
    [[nodiscard]] std::size_t room() const noexcept { return most_ - n_waiting_; }

    /// At most room() values.
    template <typename E>
    void put(std::span<E> values) {
        std::uint8_t* const coming = coming_.extend(values.size());
        const HeldByLoop<KeyOf> key_of{key_of_};
        for (std::size_t i = 0; i < values.size(); ++i) {
            const T& value = value_of(values[i]);
            const std::size_t part = part_of(hash_of_key(std::invoke(key_of.fn, value)));
            std::byte* at = ends_[part];
            if (((chunk_bytes - reinterpret_cast<std::uintptr_t>(at)) & (chunk_bytes - 1)) < sizeof(T)) [[unlikely]] at = next_chunk(part);
            std::memcpy(at, &value, sizeof(T));
            fetch_line(at + line); // long before it is written
            ends_[part] = at + sizeof(T);
            coming[i] = static_cast<std::uint8_t>(part);
        }
        n_waiting_ += values.size();
    }
    template <typename A>
    void add_waiting(const A& aggregate, std::size_t limit) {
        if (n_waiting_ == 0) return;
        JobVector<std::uint64_t> fresh((n_waiting_ + 63) / 64, chunks_.get_allocator()); // a bit for each value, part by part: the first of its key
        std::array<std::size_t, parts> first{};
        std::size_t at = 0, before = 0;
        for (const Rows& rows : rows_) before += rows.size();
        for (std::size_t part = 0; part < parts; ++part) {
            first[part] = at;
            const auto add = [&](const T* values, std::size_t n) {
                add_run(rows_[part], values, n, aggregate, [&fresh, at](std::size_t i) { fresh[(at + i) / 64] |= std::uint64_t{1} << ((at + i) % 64); });
                at += n;
            };
            for (const Chunk* chunk = firsts_[part]; chunk; chunk = chunk->next) {
                const std::byte* const begin = begin_of(chunk, part);
                const std::byte* const end = chunk->next ? reinterpret_cast<const std::byte*>(chunk) + header + chunk_items * sizeof(T) : ends_[part];
                const auto n = static_cast<std::size_t>(end - begin) / sizeof(T);
                for (std::size_t i = 0; i < n; i += run) {
                    if (chunk->next)
                        for (std::size_t byte = i * sizeof(T); byte < std::min((i + run) * sizeof(T), chunk_bytes); byte += line) fetch_line(reinterpret_cast<const std::byte*>(chunk->next) + byte);
                    add(reinterpret_cast<const T*>(begin) + i, std::min(n - i, run));
                }
            }
        }
        std::size_t after = 0;
        for (const Rows& rows : rows_) after += rows.size();
        note(coming_.all(), fresh, first, after - before);
        firsts_ = {};
        ends_ = {};
        for (auto& chunks : chunks_) chunks.clear();
        used_ = n_waiting_ = 0;
        coming_.clear();
        settle(limit);
    }

    /// The rows in the order of their first events, from where it was left; while fn(row) is true. None wait.
    template <typename Fn>
    bool for_each(Fn&& fn) {
        const auto order = order_.all();
        for (; given_ < order.size(); ++given_) {
            const std::size_t part = order[given_];
            Rows& rows = rows_[part];
            fetch(rows.begin() + std::min<std::size_t>(next_[part] + 2, rows.size() - 1));
            if (not fn(rows[next_[part]])) return false;
            ++next_[part];
        }
        return true;
    }
    void save(StateWriter& to) const {
        std::array<std::uint32_t, parts> next{};
        to.put(size());
        for (const std::uint8_t part : order_.all()) rows_[part].save_row(to, next[part]++);
    }

private:
    static constexpr std::size_t parts = 256;

    WEIR_INLINE static void fetch_line([[maybe_unused]] const std::byte* at) noexcept {
#if defined(__GNUC__)
        __builtin_prefetch(at);
#endif
    }
    template <typename A, typename Fresh>
    void add_run(Rows& rows, const T* values, std::size_t n, const A& aggregate, const Fresh& fresh) {
        std::uint64_t hashes[run];
        std::uint32_t numbers[run];
        const HeldByLoop<KeyOf> key_of{key_of_};
        const auto key = [&key_of, values](std::size_t i) -> decltype(auto) { return std::invoke(key_of.fn, values[i]); };
        for (std::size_t i = 0; i < n; ++i) hashes[i] = hash_of_key(key(i));
        rows.guess_and_fetch({hashes, n}, numbers);
        add_all(rows, Run{key, [values](std::size_t i) -> const T& { return values[i]; }, nullptr, n, numbers}, aggregate, fresh);
    }
    /// The groups that are new, in the order of the values.
    void note(std::span<const std::uint8_t> coming, const JobVector<std::uint64_t>& fresh, std::array<std::size_t, parts>& at, std::size_t n) {
        if (n == 0) return;
        if (order_.size() + n >= order_.capacity()) order_.reserve(std::max(order_.size() + n + 1, order_.capacity() * 2));
        std::uint8_t* to = order_.extend(n + 1); // each is written, and the next one over it where it is not new
        for (const std::uint8_t part : coming) {
            const std::size_t i = at[part]++;
            *to = part;
            to += fresh[i / 64] >> (i % 64) & 1U;
        }
        order_.pop_back();
    }
    [[gnu::noinline]] std::byte* next_chunk(std::size_t part) {
        if (used_ == chunks_.size() * chunks_at_once) chunks_.emplace_back(order_.source()).reserve(chunks_at_once);
        Chunk* const chunk = &chunks_[used_++ / chunks_at_once].emplace();
        if (firsts_[part]) lasts_[part]->next = chunk;
        else firsts_[part] = chunk;
        lasts_[part] = chunk;
        return begin_of(chunk, part);
    }
    /// Where its values begin. In the first chunks not at the same place: the cache has few lines for those.
    template <typename C>
    [[nodiscard]] auto* begin_of(C* chunk, std::size_t part) const noexcept {
        using Byte = std::conditional_t<std::is_const_v<C>, const std::byte, std::byte>;
        return reinterpret_cast<Byte*>(chunk) + header + (chunk == firsts_[part] ? part % chunk_items * sizeof(T) : 0);
    }
    /// As many values may wait as make it worth to fetch each part: in proportion to what there is.
    void settle(std::size_t limit) {
        most_ = most_of(size(), bytes_of_rows(), limit);
        coming_.reserve(most_);
    }
    static std::size_t most_of(std::size_t groups, std::size_t bytes, std::size_t limit) noexcept {
        constexpr std::size_t group = 2 * (sizeof(typename Rows::Row) + 12); // tables that have just grown are half full
        constexpr std::size_t least = sizes.waiting / sizeof(T), beside = (parts + chunks_at_once) * chunk_bytes;
        const std::size_t left = limit / group > groups ? limit - groups * group : 0; // a value may be a new group
        const std::size_t most = left > beside ? (left - beside) / (group + sizeof(T) + 2) : 0;
        return most < least ? 0 : std::min(most, std::max(least, bytes / 2 / sizeof(T)));
    }
    [[nodiscard]] std::size_t bytes_of_rows() const noexcept {
        std::size_t bytes = 0;
        for (const Rows& rows : rows_) bytes += rows.bytes();
        return bytes;
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    std::array<Rows, parts> rows_;
    Buffer<std::uint8_t> order_; // the part of each group
    Buffer<std::uint8_t> coming_; // and of each value that waits
    std::array<std::byte*, parts> ends_{}; // of the values of each part: where the next one goes
    std::array<Chunk*, parts> firsts_{};
    std::array<Chunk*, parts> lasts_{};
    JobVector<Buffer<Chunk>> chunks_;
    std::size_t used_ = 0; // of them
    std::size_t n_waiting_ = 0;
    std::size_t most_ = 0;
    std::size_t given_ = 0;
    std::array<std::uint32_t, parts> next_{}; // row to be given
};

} // namespace weir::detail
