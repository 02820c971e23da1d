// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// A value and its place in the stream, from 0.
template <typename T>
struct Enumerated {
    std::uint64_t index;
    T value;

    static constexpr auto fields() { return weir::fields("index", &Enumerated::index, "value", &Enumerated::value); }
    friend bool operator==(const Enumerated&, const Enumerated&) = default;

    /// As one of another type that is made from T: the owned form of one that holds a view.
    template <typename U>
        requires(not std::is_same_v<T, U>) && std::is_constructible_v<U, const T&>
    explicit constexpr operator Enumerated<U>() const { return {index, U(value)}; }
};

template <typename T>
struct Owned<Enumerated<T>> {
    using type = Enumerated<owned_t<T>>;
};

namespace detail {

struct EnumerateOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "enumerate";
    static constexpr bool one_to_one = true;
    std::uint64_t next_index = 0;

    template <typename S>
        requires(not S::traits.lent) || std::is_copy_constructible_v<typename S::value>
    using out = with_event_t<S, Enumerated<typename S::value>>;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        next.on_event(with_value(event, Enumerated<value_t<E>>{next_index++, value_of(std::forward<E>(event))}));
    }

    template <typename Byte>
    void save(BasicStateWriter<Byte>& to) const { to.put(next_index); }
    void load(StateReader& from) { from.get(next_index); }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "enumerate(): it puts the event beside its number, but these events are lent (const T&, from a range that "
                                "is not the pipeline's) and cannot be copied. Give the range away: from(std::move(range)).");
    }
};

} // namespace detail

/// Numbers the events from 0: each e becomes Enumerated{index, e}.
///     E -> Enumerated<T>{index, value}; order and event time kept; never allocates; owned events are moved, lent ones copied.
///     The count is part of a checkpoint. example: tests/op/enumerate.cpp
[[nodiscard]] constexpr auto enumerate() { return detail::EnumerateOp{}; }

} // namespace weir
