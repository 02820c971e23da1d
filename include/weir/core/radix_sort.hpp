// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/blocks.hpp>
#include <weir/core/buffer.hpp>
#include <weir/core/config.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A key as an unsigned number that is less exactly where the key is, or if it falls where the key is greater; NaN behind all.
template <bool Falls, typename K>
    requires(sizeof(K) <= 8 && (std::integral<K> || std::is_enum_v<K> || std::floating_point<K>))
[[nodiscard]] constexpr std::uint64_t sort_bits(K key) noexcept {
    if constexpr (std::is_enum_v<K>) {
        return sort_bits<Falls>(static_cast<std::underlying_type_t<K>>(key));
    } else if constexpr (std::floating_point<K>) {
        if (key != key) return ~std::uint64_t{0};
        using Bits = std::conditional_t<sizeof(K) == 4, std::int32_t, std::int64_t>;
        const auto bits = std::bit_cast<Bits>(key + K{0}); // -0.0 becomes 0.0, which equals it
        return sort_bits<Falls>(bits < 0 ? static_cast<Bits>(bits ^ std::numeric_limits<Bits>::max()) : bits);
    } else {
        constexpr std::uint64_t sign = std::signed_integral<K> ? std::uint64_t{1} << 63U : 0;
        const std::uint64_t bits = static_cast<std::uint64_t>(key) ^ sign;
        return Falls ? ~bits : bits;
    }
}
template <bool Falls, typename Rep, typename Period>
[[nodiscard]] constexpr auto sort_bits(std::chrono::duration<Rep, Period> key) noexcept -> decltype(sort_bits<Falls>(key.count())) {
    return sort_bits<Falls>(key.count());
}
template <bool Falls, typename Clock, typename D>
[[nodiscard]] constexpr auto sort_bits(std::chrono::time_point<Clock, D> key) noexcept -> decltype(sort_bits<Falls>(key.time_since_epoch())) {
    return sort_bits<Falls>(key.time_since_epoch());
}
template <typename K>
concept HasSortBits = requires(K key) { sort_bits<false>(key); };

/// Rows by an unsigned number of each, key(row), which is asked for again and again; equal ones in their order.
///     By the highest digits that differ, into a second array of as many rows; then each part by the next ones, back, and so on. The
///     number of digits follows the number of rows: parts of some thousand rows, which lie in the nearest caches, are scattered so
///     thinly that nearly all are in order then, and the rest are put right one by one. O(n log n / 8) at worst, whatever the keys.
///     (MSD radix sort: McIlroy, Bostic, McIlroy, Engineering Radix Sort, Computing Systems 1993; out of place, so that it is stable.)
template <typename Row, typename KeyOf>
class RadixSort {
public:
    explicit RadixSort(KeyOf key) : key_(std::move(key)) {}

    /// `other`: room for as many rows, whatever is in it.
    void operator()(std::span<Row> rows, Row* other) const { sort(rows.data(), other, rows.size(), true, differing_in(rows.data(), rows.size())); }
    /// The same where keys may differ in these bits only.
    void operator()(std::span<Row> rows, Row* other, std::uint64_t differing) const { sort(rows.data(), other, rows.size(), true, differing); }

    /// Out of blocks into one piece. The blocks' memory is used or freed, and what is in them afterwards means nothing.
    void operator()(Blocks<Row>& rows, Buffer<Row>& into) const {
        const std::size_t n = rows.size();
        into.clear();
        into.reserve(n);
        std::uint64_t differing = 0;
        if (n <= few || are_in_order(rows, differing)) {
            for (const Buffer<Row>& block : rows.all()) into.template append<const Row&>(block.all());
            if (n <= few) insert_each(into.all().data(), n);
            return;
        }
        const Digit digit(differing, n);
        std::array<std::size_t, std::size_t{1} << most_bits> ends;
        std::fill_n(ends.begin(), digit.parts(), std::size_t{0});
        for (const Buffer<Row>& block : rows.all())
            for (const Row& row : block.all()) ++ends[digit(key_(row))];
        std::size_t sum = 0, largest = 0;
        for (std::size_t part = 0; part < digit.parts(); ++part) {
            largest = std::max(largest, ends[part]);
            sum += std::exchange(ends[part], sum);
        }
        Row* const to = into.extend(n);
        for (const Buffer<Row>& block : rows.all())
            for (const Row& row : block.all()) to[ends[digit(key_(row))]++] = row;
        if (digit.shift == 0) return;
        Buffer<Row> other = rows.take_largest();
        if (other.capacity() < largest) {
            rows.free();
            other.free();
            other.reserve(largest);
        }
        std::size_t begin = 0;
        for (std::size_t part = 0; part < digit.parts(); begin = ends[part++])
            sort(to + begin, other.all().data(), ends[part] - begin, true, digit.below(differing));
    }

    /// The highest bits in which keys differ, as many as are worth it for n rows.
    struct Digit {
        unsigned bits;
        unsigned shift;
        Digit(std::uint64_t differing, std::size_t n)
            : Digit(static_cast<unsigned>(std::bit_width(differing)), static_cast<unsigned>(std::bit_width(n))) {}
        Digit(unsigned differing, unsigned rows)
            : bits(std::min(differing, most_bits)), shift(0) {
            const bool is_last = differing <= bits && differing + 3 <= rows;
            if (not is_last) bits = std::min(bits, std::max(rows > some_bits ? rows - some_bits + 2 : rows, 4U));
            shift = differing - bits;
        }
        /// The bits that it leaves.
        [[nodiscard]] std::uint64_t below(std::uint64_t differing) const noexcept { return differing & ((std::uint64_t{1} << shift) - 1); }
        [[nodiscard]] std::size_t parts() const noexcept { return std::size_t{1} << bits; }
        [[nodiscard]] std::size_t operator()(std::uint64_t key) const noexcept { return (key >> shift) & (parts() - 1); }
    };
    /// Some rows, and the bits in which their keys differ.
    [[nodiscard]] bool are_in_order(const Blocks<Row>& rows, std::uint64_t& differing) const {
        const std::uint64_t first = key_(rows.all()[0].all()[0]);
        std::uint64_t last = first, others = 0;
        bool in_order = true;
        for (const Buffer<Row>& block : rows.all())
            for (const Row& row : block.all()) {
                const std::uint64_t key = key_(row);
                others |= key ^ first;
                in_order = in_order & (last <= key);
                last = key;
            }
        differing = others;
        return in_order;
    }
    [[nodiscard]] std::uint64_t key(const Row& row) const { return key_(row); }

private:
    static constexpr unsigned most_bits = 11; // of a digit: its parts' ends still are in the nearest cache
    static constexpr std::size_t few = 24;    // rows: sooner put in order one by one
    static constexpr unsigned some_bits = 12; // of how many rows lie in the nearest caches, with as much again:
    static constexpr std::size_t some = (std::size_t{1} << some_bits) - 1;

    /// The result lies in `rows` if `stays`, else in `other`. differing: all bits in which keys may differ.
    void sort(Row* rows, Row* other, std::size_t n, bool stays, std::uint64_t differing) const {
        if (n <= few) {
            insert_each(rows, n);
            differing = 0;
        }
        if (differing == 0) {
            if (not stays) std::copy_n(rows, n, other);
            return;
        }
        if (n <= some) scatter<std::uint16_t>(rows, other, n, stays, differing);
        else scatter<std::size_t>(rows, other, n, stays, differing);
    }
    template <typename Count>
    void scatter(Row* rows, Row* other, std::size_t n, bool stays, std::uint64_t differing) const {
        const Digit digit(differing, n);
        std::array<Count, std::size_t{1} << most_bits> ends;
        std::fill_n(ends.begin(), digit.parts(), Count{0});
        for (std::size_t i = 0; i < n; ++i) ++ends[digit(key_(rows[i]))];
        std::size_t sum = 0, largest = 0;
        for (std::size_t part = 0; part < digit.parts(); ++part) {
            const std::size_t size = ends[part];
            ends[part] = static_cast<Count>(sum);
            largest = std::max(largest, size);
            sum += size;
        }
        if (largest == n) return sort(rows, other, n, stays, differing_in(rows, n)); // fewer bits differ
        for (std::size_t i = 0; i < n; ++i) other[ends[digit(key_(rows[i]))]++] = rows[i];
        if (digit.shift == 0) {
            if (stays) std::copy_n(other, n, rows);
        } else if (largest <= few / 2) {
            if (stays) insert_each(other, n, rows);
            else insert_each(other, n);
        } else {
            for (std::size_t part = 0, begin = 0; part < digit.parts(); begin = ends[part++])
                if (begin != ends[part]) sort(other + begin, rows + begin, ends[part] - begin, not stays, digit.below(differing));
        }
    }
    /// The bits in which keys differ; none where they are in order.
    [[nodiscard]] std::uint64_t differing_in(const Row* rows, std::size_t n) const {
        std::uint64_t differing = 0;
        bool in_order = true;
        for (std::size_t i = 1; i < n; ++i) {
            differing |= key_(rows[i]) ^ key_(rows[0]);
            in_order = in_order & (key_(rows[i - 1]) <= key_(rows[i]));
        }
        return in_order ? 0 : differing;
    }
    void insert_each(Row* rows, std::size_t n) const { insert_each(rows, n, rows); }
    void insert_each(const Row* rows, std::size_t n, Row* into) const {
        if (n != 0 && rows != into) into[0] = rows[0];
        for (std::size_t i = 1; i < n; ++i) {
            const Row row = rows[i];
            const std::uint64_t key = key_(row);
            std::size_t to = i;
            for (; to > 0 && key < key_(into[to - 1]); --to) into[to] = into[to - 1];
            if (to != i || rows != into) into[to] = row;
        }
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_;
};

} // namespace weir::detail
