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
///     By the highest digits that differ, into a second array of as many rows; then each part by the next ones, back, and so on until
///     parts are short. The number of digits follows the number of rows. O(n log n / 8) at worst, whatever the keys.
///     (MSD radix sort: McIlroy, Bostic, McIlroy, Engineering Radix Sort, Computing Systems 1993; out of place, so that it is stable.)
template <typename Row, typename KeyOf>
class RadixSort {
public:
    explicit RadixSort(KeyOf key) : key_(std::move(key)) {}

    /// `other`: room for as many rows, whatever is in it.
    void operator()(std::span<Row> rows, Row* other) const { sort(rows.data(), other, rows.size(), true); }

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
            other = {};
            other.reserve(largest);
        }
        std::size_t begin = 0;
        for (std::size_t part = 0; part < digit.parts(); begin = ends[part++]) sort(to + begin, other.all().data(), ends[part] - begin, true);
    }

private:
    static constexpr unsigned most_bits = 11; // of a digit: its parts' ends still are in the nearest cache
    static constexpr std::size_t few = 24;    // rows: sooner put in order one by one

    /// The highest bits in which keys differ, as many as are worth it for n rows.
    struct Digit {
        unsigned bits;
        unsigned shift;
        Digit(std::uint64_t differing, std::size_t n)
            : bits(std::min({static_cast<unsigned>(std::bit_width(differing)), most_bits, std::max(4U, static_cast<unsigned>(std::bit_width(n)) - 3)})),
              shift(static_cast<unsigned>(std::bit_width(differing)) - bits) {}
        [[nodiscard]] std::size_t parts() const noexcept { return std::size_t{1} << bits; }
        [[nodiscard]] std::size_t operator()(std::uint64_t key) const noexcept { return (key >> shift) & (parts() - 1); }
    };
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

    /// The result lies in `rows` if `stays`, else in `other`.
    void sort(Row* rows, Row* other, std::size_t n, bool stays) const {
        std::uint64_t differing = 0;
        if (n <= few) insert_each(rows, n);
        else differing = differing_in(rows, n);
        if (differing == 0) {
            if (not stays) std::copy_n(rows, n, other);
            return;
        }
        const Digit digit(differing, n);
        std::array<std::size_t, std::size_t{1} << most_bits> ends;
        std::fill_n(ends.begin(), digit.parts(), std::size_t{0});
        for (std::size_t i = 0; i < n; ++i) ++ends[digit(key_(rows[i]))];
        std::size_t sum = 0;
        for (std::size_t part = 0; part < digit.parts(); ++part) sum += std::exchange(ends[part], sum);
        for (std::size_t i = 0; i < n; ++i) other[ends[digit(key_(rows[i]))]++] = rows[i];
        std::size_t begin = 0;
        for (std::size_t part = 0; part < digit.parts(); begin = ends[part++]) {
            const std::size_t size = ends[part] - begin;
            if (size == 0) continue;
            if (digit.shift != 0) sort(other + begin, rows + begin, size, not stays);
            else if (stays) std::copy_n(other + begin, size, rows + begin);
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
    void insert_each(Row* rows, std::size_t n) const {
        for (std::size_t i = 1; i < n; ++i) {
            const std::uint64_t key = key_(rows[i]);
            if (not(key < key_(rows[i - 1]))) continue;
            const Row row = rows[i];
            std::size_t to = i;
            do {
                rows[to] = rows[to - 1];
                --to;
            } while (to > 0 && key < key_(rows[to - 1]));
            rows[to] = row;
        }
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_;
};

} // namespace weir::detail
