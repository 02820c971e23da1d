// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/radix_sort.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The bytes of a text from a place on, eight at most, as a number that is less where they are.
[[nodiscard]] inline std::uint64_t text_bits(std::string_view text, std::size_t from = 0) noexcept {
    std::uint64_t bits = 0;
    if (from + 8 <= text.size()) {
        std::memcpy(&bits, text.data() + from, 8);
        if constexpr (std::endian::native == std::endian::little) {
            bits = (bits & 0x00FF00FF00FF00FFU) << 8U | (bits >> 8U & 0x00FF00FF00FF00FFU);
            bits = (bits & 0x0000FFFF0000FFFFU) << 16U | (bits >> 16U & 0x0000FFFF0000FFFFU);
            bits = bits << 32U | bits >> 32U;
        }
        return bits;
    }
    for (std::size_t i = from; i < from + 8; ++i) bits = bits << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
    return bits;
}

/// The order of rows by what a projection gives for them.
template <typename Kept, typename Proj, typename Less>
class SortKeys {
public:
    using Row = Kept;
    using Given = call_result_t<Proj, const Kept&>;
    using Key = std::remove_cvref_t<Given>;
    static constexpr bool rises = std::is_same_v<Less, std::less<>> || std::is_same_v<Less, std::less<Key>>;
    static constexpr bool falls = std::is_same_v<Less, std::greater<>> || std::is_same_v<Less, std::greater<Key>>;
    static constexpr bool by_digits = HasSortBits<Key> && (rises || falls);
    /// Lent text, by its bytes.
    static constexpr bool by_text = (rises || falls) && (std::is_same_v<Key, std::string_view> || (std::is_same_v<Key, std::string> && std::is_reference_v<Given>));
    /// Made for the row, so that it is worth to be kept.
    static constexpr bool made = not by_digits && not by_text && not std::is_reference_v<Given> && std::movable<Given>;

    SortKeys(Proj by, Less less) : projection_(std::move(by)), less_(std::move(less)) {}

    [[nodiscard]] Given operator()(const Kept& row) { return call(projection_, row); }
    /// A number that is less where the row comes before; equal ones say nothing, unless it is by digits.
    [[nodiscard]] std::uint64_t bits(const Kept& row) {
        if constexpr (by_digits) return sort_bits<falls>(call(projection_, row));
        else if constexpr (by_text) return falls ? ~text_bits(call(projection_, row)) : text_bits(call(projection_, row));
        else return 0;
    }
    [[nodiscard]] bool before(const Kept& a, const Kept& b) {
        if constexpr (by_digits) return bits(a) < bits(b);
        else return keys_before(call(projection_, a), call(projection_, b));
    }
    template <typename A, typename B>
    [[nodiscard]] bool keys_before(A&& a, B&& b) {
        return static_cast<bool>(std::invoke(less_, std::forward<A>(a), std::forward<B>(b)));
    }
    [[nodiscard]] const Proj& projection() const noexcept { return projection_; }

private:
    WEIR_NO_UNIQUE_ADDRESS Proj projection_;
    WEIR_NO_UNIQUE_ADDRESS Less less_;
};

/// Whether rows of a stream have an order by a projection.
template <typename S, typename Proj>
concept Projects = TakesEvent<Proj&, const owned_t<typename S::event>&>;
template <typename S, typename Proj, typename Less>
concept Orders = Projects<S, Proj> && requires(Less& less, call_result_t<Proj, const owned_t<typename S::event>&> (*key)()) {
    { std::invoke(less, key(), key()) } -> std::convertible_to<bool>;
};

/// Where a row lies, with its key or the first bytes of it.
template <typename Key, typename Kept>
struct KeyedPlace {
    Key key;
    Kept* row;
};

} // namespace weir::detail
