// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <memory>
#include <type_traits>

/// Gives an empty member no room; spelled so that every compiler that knows it obeys.
#if defined(_MSC_VER)
#define WEIR_NO_UNIQUE_ADDRESS [[msvc::no_unique_address]]
#else
#define WEIR_NO_UNIQUE_ADDRESS [[no_unique_address]]
#endif

/// The fused loop is one loop only when every link of the chain is inlined into it.
#if defined(__GNUC__)
#define WEIR_INLINE inline __attribute__((always_inline))
#else
#define WEIR_INLINE inline
#endif

namespace weir::detail {

/// What the object points to may be read and written by what comes later. Of a chain that is kept inside another one g++ 12 loses sight
/// (its ipa-modref), and then reads what a sink has filled as if it had not been: a wrong result at -O2 and above.
template <typename T>
constexpr void may_be_used_later([[maybe_unused]] T& object) noexcept {
#if defined(__GNUC__) && !defined(__clang__)
    if (not std::is_constant_evaluated()) asm volatile("" : : "g"(std::addressof(object)) : "memory");
#endif
}

template <typename T, typename...>
struct Dependent {
    using type = T;
};
/// T, but only once the others are known: in a template, what is made of it costs only those who use the template.
template <typename T, typename... Others>
using dependent_t = typename Dependent<T, Others...>::type;

/// False, but only once its arguments are known: for the last rung of a ladder of static_asserts.
template <typename...>
inline constexpr bool never = false;

} // namespace weir::detail
