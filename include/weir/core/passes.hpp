// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/compress.hpp>
#include <weir/core/event.hpp>
#include <weir/core/operator.hpp>
#include <weir/core/pass_rule.hpp>
#include <weir/core/pure.hpp>
#include <weir/core/spans.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

// A filter that keeps now this event and now drops that one costs a branch that no processor foretells. So a span may go through maps
// and filters in passes instead: blocks of events, each of which goes as far as the next function that may not see a dropped event.
// What was kept stands there without a gap, written without a branch, and goes on as a block.

namespace weir::detail {

/// Whether an event is still there has it with it inside a pass: a bool, or where it goes on into a sink all bits or none, as wide as
/// the widest of the values, so that both compilers can do as many at a time as values are in a vector.
WEIR_INLINE constexpr bool still(bool mask, bool keep) noexcept { return mask & keep; }
template <std::unsigned_integral Mask>
WEIR_INLINE constexpr Mask still(Mask mask, bool keep) noexcept { return mask & (keep ? static_cast<Mask>(~Mask{}) : Mask{}); }

/// What an operator says that can stand in a pass: either `bool keeps(const E&)`, or `mapped(E&&)`, one for one; pure: also behind a filter.
template <typename Op>
concept KeepsInPass = requires { requires Op::keeps_in_pass; };
template <typename Op>
concept MapsInPass = requires { requires Op::maps_in_pass; };
template <typename Op>
concept PureInPass = requires { requires Op::pure_in_pass; };
/// A sink that takes an event and its mask: on_masked(value, mask) does nothing without the mask, and has no branch.
template <typename Op, typename Given>
concept EndsPass = requires { requires Op::template takes_masked<Given>; };

/// Such a sink may take sums in parts, one for each lane of a vector: on_lane(part, value, mask) adds to that part alone what a later
/// add_part(part) adds to the whole, in any order.
template <typename Op, typename E>
concept TakesLanes = requires { requires Op::template takes_lanes<E>; };
/// Then those of a vector that are kept can be counted in integer registers, which have nothing else to do: to add the masks to a vector of
/// counts costs an instruction of those that the functions wait for. Clang does so where a loop goes once over a vector, if it likes them
/// of 512 bits, as it does for these; where it likes 256 more, the loop of one vector is two of them, and takes longer than without.
template <typename Op, typename E>
#if defined(__clang__) && (defined(__znver4__) || defined(__znver5__))
inline constexpr bool by_lanes = TakesLanes<Op, E>;
#else
inline constexpr bool by_lanes = false;
#endif
inline constexpr std::size_t lanes = 8; // of 64 bits

template <typename T>
concept PlainInPass = std::is_trivially_copyable_v<T> && std::is_trivially_copy_assignable_v<T> && sizeof(T) <= 64;

template <typename L>
concept IsLink = requires { typename L::op_type; };

/// An end that takes a block of E at once: a buffer. Before one a pass of maps alone is worth it, once a pass has been begun.
template <typename L, typename E>
concept TakesBlocks = requires { requires L::template takes_blocks<E>; };

/// The way of a pass from link L on, which is reached by events that are Given, under a mask or not.
template <typename L, typename Given, bool Masked, bool Mapped, bool Pure>
struct PassFrom { // ends before L
    using End = L;
    using Event = std::remove_cvref_t<Given>;
    using Passed = std::remove_reference_t<Given>; // const where it is lent
    static constexpr bool folds = false;
    static constexpr bool by_lanes = false;
    static constexpr std::size_t widest = 0;
    static constexpr bool masked = Masked;
    static constexpr bool mapped = Mapped;
    /// Numbers are kept as they are, as is what pure functions made; of others, where they are. What another function made may be a view of
    /// something of its own, which lives until its next call.
    static constexpr bool is_number = std::is_arithmetic_v<value_t<Event>> || std::is_enum_v<value_t<Event>>;
    static constexpr bool by_value = PlainInPass<Event> && (is_number || (Mapped && Pure) || (not Mapped && std::is_scalar_v<value_t<Event>>));
    static constexpr bool possible = Masked ? by_value || not Mapped : Mapped && by_value && TakesBlocks<L, Event>;
};
/// A pass from one link earlier, which is reached by events that are Given.
template <typename Given, typename Rest>
struct FromWider : Rest {
    static constexpr std::size_t widest = std::max(sizeof(value_t<std::remove_cvref_t<Given>>), Rest::widest);
};
template <typename L, typename Given, bool Masked, bool Mapped, bool Pure>
    requires(KeepsInPass<typename L::op_type> && (not Masked || PureInPass<typename L::op_type>))
struct PassFrom<L, Given, Masked, Mapped, Pure>
    : FromWider<Given, PassFrom<typename L::next_type, Given, true, Mapped, Pure && PureInPass<typename L::op_type>>> {};

template <typename L, typename Given>
using mapped_in_pass_t = decltype(std::declval<typename L::op_type&>().mapped(std::declval<Given>()));
template <typename L, typename Given, bool Masked, bool Mapped, bool Pure>
    requires(MapsInPass<typename L::op_type> && (not Masked || (PureInPass<typename L::op_type> && PlainInPass<mapped_in_pass_t<L, Given>>)))
struct PassFrom<L, Given, Masked, Mapped, Pure>
    : FromWider<Given, PassFrom<typename L::next_type, mapped_in_pass_t<L, Given>&&, Masked, Mapped || not std::is_reference_v<mapped_in_pass_t<L, Given>>,
                                Pure && PureInPass<typename L::op_type>>> {};

template <typename L, typename Given, bool Mapped>
    requires EndsPass<typename L::op_type, Given>
struct PassFrom<L, Given, true, Mapped, true> {
    using End = L;
    using Event = std::remove_cvref_t<Given>;
    static constexpr bool masked = true;
    static constexpr bool folds = true;
    static constexpr std::size_t widest = sizeof(value_t<Event>);
    static constexpr bool by_lanes = detail::by_lanes<typename L::op_type, Event>;
    static constexpr bool possible = true;
};

/// The pass that a span of E begins at L.
template <typename L, typename E>
using pass_of_t = PassFrom<L, decltype(pass(std::declval<E&>())), false, false, true>;

/// Events that were chosen, where they are.
template <typename E>
struct Chosen {
    E* const* first;
    std::size_t n;
    [[nodiscard]] constexpr std::size_t size() const noexcept { return n; }
    [[nodiscard]] constexpr E& operator[](std::size_t i) const noexcept { return *first[i]; }
};

/// As many events as a pass takes at a time: they stay in the first cache until the next pass has read them.
inline constexpr std::size_t most_pass_events = 256;
template <typename E>
inline constexpr std::size_t pass_events = std::clamp<std::size_t>(16384 / sizeof(E), 1, most_pass_events);
inline constexpr std::size_t fewest_pass_events = 32;

/// What a pass makes of a block: first what each event has become and whether it is kept, which compilers can do for many at a time; then
/// those that are kept without the others, written without a branch.
template <typename Pass>
struct KeptInPass {
    using Event = typename Pass::Event;
    using Passed = typename Pass::Passed;
    using Item = std::conditional_t<Pass::by_value, Event, Passed*>;
    using Mask = bool;
    using Count = std::uint64_t;
    static constexpr bool made = Pass::by_value && Pass::mapped;
    Room<Item, most_pass_events> room;
    bool keeps[most_pass_events];
    std::size_t changes = 0; // from one event to the next between kept and dropped, within each eight of them

    [[nodiscard]] WEIR_INLINE static constexpr Count counted(Mask mask) noexcept { return mask; }
    template <typename E>
    WEIR_INLINE constexpr void put(std::size_t i, [[maybe_unused]] E&& event, [[maybe_unused]] bool keep) {
        if constexpr (made) room.items[i] = event;
        if constexpr (Pass::masked) keeps[i] = keep;
    }
    /// Of the first n of `items`, which have been put.
    template <typename Items>
    constexpr auto take([[maybe_unused]] const Items& items, std::size_t n) {
        if constexpr (Pass::masked) n = compacted(items, n);
        if constexpr (Pass::by_value) return std::span<Passed>(room.items, n);
        else return Chosen<Passed>{room.items, n};
    }

private:
    /// Gives how many there are.
    template <typename Items>
    constexpr std::size_t compacted(const Items& items, std::size_t n) {
        constexpr std::uint64_t ones = 0x0101010101010101U;
        std::size_t to = 0;
        std::size_t i = 0;
        if constexpr (compresses<Item>)
            for (; i + compressed_at_once <= n; i += compressed_at_once) {
                Room<Item, compressed_at_once> some; // `to` may be among them
                for (std::size_t k = 0; k < compressed_at_once; ++k) some.items[k] = item(items, i + k);
                to += compress_kept(some.items, keeps + i, room.items + to, changes);
            }
        if constexpr (std::endian::native == std::endian::little)
            for (; i + 8 <= n; i += 8) {
                std::uint64_t eight;
                std::memcpy(&eight, keeps + i, 8);
                const std::uint64_t before = eight * ones; // in each byte: how many are kept up to there
                Item* const at = room.items + to;
                at[0] = item(items, i);
                for (unsigned k = 1; k < 8; ++k) at[before >> (8 * k - 8) & 0xff] = item(items, i + k);
                to += before >> 56;
                changes += ((eight ^ eight >> 8) & (ones >> 8)) * ones >> 56;
            }
        for (; i < n; ++i) {
            room.items[to] = item(items, i);
            to += keeps[i];
            changes += i != 0 && keeps[i] != keeps[i - 1];
        }
        return to;
    }
    template <typename Items>
    WEIR_INLINE constexpr Item item(const Items& items, std::size_t i) const {
        if constexpr (made) return room.items[i];
        else if constexpr (Pass::by_value) return items[i];
        else return std::addressof(items[i]);
    }
};

/// A pass that ends in a sink keeps nothing. It counts in numbers as wide as the mask: for no longer than they hold.
template <typename Pass>
    requires(Pass::folds && not Pass::by_lanes)
struct KeptInPass<Pass> {
    using Mask = std::conditional_t<Pass::widest <= sizeof(std::uint32_t), std::uint32_t, std::uint64_t>;
    using Count = Mask;
#if defined(__clang__) && defined(__AVX512F__)
    /// Clang adds under a mask by one instruction, unless it knows that it adds 1: then it takes two.
    [[nodiscard]] WEIR_INLINE constexpr Count counted(Mask mask) const noexcept { return mask & one_; }

private:
    static constexpr Mask one_to_count() noexcept {
        Mask one = 1;
        if (not std::is_constant_evaluated()) asm("" : "+r"(one));
        return one;
    }
    const Mask one_ = one_to_count();
#else
    /// One subtraction of the mask, which is all bits or none.
    [[nodiscard]] WEIR_INLINE static constexpr Count counted(Mask mask) noexcept { return Mask{} - mask; }
#endif
};

/// Nor does one that goes by lanes; it has a part of the end's for each.
template <typename Pass>
    requires Pass::by_lanes
struct KeptInPass<Pass> {
    using Mask = bool;
    using Count = std::uint64_t;
    using End = typename Pass::End::op_type;
    static constexpr std::size_t vectors = 4; // of parts, since what is added to one may wait for what was added before
    End& end;
    std::uint64_t parts[vectors * lanes] = {};

    explicit constexpr KeptInPass(End& to) noexcept : end(to) {}
    KeptInPass(const KeptInPass&) = delete;
    KeptInPass& operator=(const KeptInPass&) = delete;
    constexpr ~KeptInPass() {
        for (const std::uint64_t part : parts) end.add_part(part);
    }
    [[nodiscard]] WEIR_INLINE static constexpr Count counted(bool mask) noexcept { return mask; }
};

} // namespace weir::detail
