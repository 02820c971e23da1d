// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/short_text.hpp>

#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// Says how a T is hashed, for types that weir does not know, or whose == is not that of its parts: specialise it with
///     static std::uint64_t of(const T&);
/// Equal values must give equal numbers, on every machine. Build it from stable_hash and hash_combine.
template <typename T>
struct Hash;

namespace detail {

inline constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u; // 2^64 / golden ratio

/// One step of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014; its finalizer is
/// Stafford's mix13): a bijection.
[[nodiscard]] constexpr std::uint64_t splitmix64(std::uint64_t x) noexcept {
    x += golden;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct Product {
    std::uint64_t low;
    std::uint64_t high;
};

[[nodiscard]] constexpr Product multiply(std::uint64_t a, std::uint64_t b) noexcept {
#if defined(__SIZEOF_INT128__)
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return {static_cast<std::uint64_t>(product), static_cast<std::uint64_t>(product >> 64)};
#else
    const std::uint64_t half = 0xffffffffu;
    const std::uint64_t low = (a & half) * (b & half);
    const std::uint64_t cross = (a >> 32) * (b & half) + (low >> 32);
    const std::uint64_t other = (a & half) * (b >> 32) + (cross & half);
    return {(other << 32) | (low & half), (a >> 32) * (b >> 32) + (cross >> 32) + (other >> 32)};
#endif
}

[[nodiscard]] constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
    const Product product = multiply(a, b);
    return product.low ^ product.high;
}

/// Bytes as a little-endian number, on every machine.
template <std::unsigned_integral Word>
[[nodiscard]] constexpr std::uint64_t read_word(const char* from) noexcept {
    if (not std::is_constant_evaluated() && std::endian::native == std::endian::little) {
        Word word;
        std::memcpy(&word, from, sizeof word);
        return word;
    }
    std::uint64_t word = 0;
    for (std::size_t i = sizeof(Word); i-- > 0;) word = (word << 8) | static_cast<unsigned char>(from[i]);
    return word;
}

/// wyhash, final version 4 (Wang Yi), with the default secret that it had before 4.2: as in Zig's standard library.
[[nodiscard]] constexpr std::uint64_t wyhash(std::string_view bytes, std::uint64_t seed = 0) noexcept {
    constexpr std::uint64_t s0 = 0xa0761d6478bd642fu, s1 = 0xe7037ed1a0b428dbu;
    constexpr std::uint64_t s2 = 0x8ebc6af09c88c6e3u, s3 = 0x589965cc75374cc3u;
    const auto word = [](const char* at) { return read_word<std::uint64_t>(at); };
    const auto half = [](const char* at) { return read_word<std::uint32_t>(at); };
    const char* p = bytes.data();
    const std::size_t n = bytes.size();
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    seed ^= fold(seed ^ s0, s1);
    if (n > 16) {
        std::size_t left = n;
        if (left > 48) { // three lanes, as one alone would wait for its multiplication
            std::uint64_t second = seed;
            std::uint64_t third = seed;
            for (; left > 48; left -= 48, p += 48) {
                seed = fold(word(p) ^ s1, word(p + 8) ^ seed);
                second = fold(word(p + 16) ^ s2, word(p + 24) ^ second);
                third = fold(word(p + 32) ^ s3, word(p + 40) ^ third);
            }
            seed ^= second ^ third;
        }
        for (; left > 16; left -= 16, p += 16) seed = fold(word(p) ^ s1, word(p + 8) ^ seed);
        a = word(bytes.data() + n - 16);
        b = word(bytes.data() + n - 8);
    } else if (n >= 4) {
        const std::size_t inner = n / 8 * 4;
        a = (half(p) << 32) | half(p + inner);
        b = (half(p + n - 4) << 32) | half(p + n - 4 - inner);
    } else if (n > 0) {
        const auto byte = [](char c) -> std::uint64_t { return static_cast<unsigned char>(c); };
        a = (byte(p[0]) << 16) | (byte(p[n / 2]) << 8) | byte(p[n - 1]);
    }
    const Product product = multiply(a ^ s1, b ^ seed);
    return fold(product.low ^ s0 ^ n, product.high ^ s1);
}

template <typename T>
concept HashedByUser = requires(const T& value) { { Hash<T>::of(value) } -> std::convertible_to<std::uint64_t>; };

template <typename T>
concept HashedAsText = std::convertible_to<const T&, std::string_view>;

/// What is hashed and compared element by element; an optional is a sequence of none or one.
template <typename T>
inline constexpr bool is_hashed_range = false;
template <typename T, typename A>
inline constexpr bool is_hashed_range<std::vector<T, A>> = true;
template <typename T, std::size_t N>
inline constexpr bool is_hashed_range<std::array<T, N>> = true;
template <typename C, typename Traits, typename A>
inline constexpr bool is_hashed_range<std::basic_string<C, Traits, A>> = true;

template <typename T>
inline constexpr bool is_hashed_optional = false;
template <typename T>
inline constexpr bool is_hashed_optional<std::optional<T>> = true;

template <typename T>
inline constexpr bool is_hashed_tuple = false;
template <typename... Ts>
inline constexpr bool is_hashed_tuple<std::tuple<Ts...>> = true;
template <typename A, typename B>
inline constexpr bool is_hashed_tuple<std::pair<A, B>> = true;

template <typename T>
inline constexpr bool is_duration = false;
template <typename Rep, typename Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;
template <typename T>
inline constexpr bool is_time_point = false;
template <typename Clock, typename Duration>
inline constexpr bool is_time_point<std::chrono::time_point<Clock, Duration>> = true;

template <typename T>
consteval bool hashable();

template <typename Tuple>
inline constexpr bool all_hashable = false;
template <typename... Ts>
inline constexpr bool all_hashable<std::tuple<Ts...>> = (hashable<std::remove_cvref_t<Ts>>() && ...);
template <typename A, typename B>
inline constexpr bool all_hashable<std::pair<A, B>> = all_hashable<std::tuple<A, B>>;

template <typename T>
consteval bool hashable() {
    if constexpr (HashedByUser<T> || HashedAsText<T>) return true;
    else if constexpr (std::is_enum_v<T>) return true;
    else if constexpr (std::integral<T>) return sizeof(T) <= sizeof(std::uint64_t);
    else if constexpr (std::floating_point<T>) return std::same_as<T, float> || std::same_as<T, double>;
    else if constexpr (is_duration<T>) return hashable<typename T::rep>();
    else if constexpr (is_time_point<T>) return hashable<typename T::rep>();
    else if constexpr (is_hashed_range<T> || is_hashed_optional<T>) return hashable<typename T::value_type>();
    else if constexpr (is_hashed_tuple<T>) return all_hashable<T>;
    else if constexpr (HasFields<T>) return all_hashable<field_types_t<T>>;
    else return false;
}

[[nodiscard]] constexpr std::uint64_t number_bits(double value) noexcept {
    if (value != value) return 0x7ff8000000000000u;
    return value == 0 ? 0 : std::bit_cast<std::uint64_t>(value);
}

template <std::integral T>
[[nodiscard]] constexpr std::uint64_t number_bits(T value) noexcept {
    if constexpr (std::same_as<T, char>) return static_cast<unsigned char>(value); // signed on some machines only
    else if constexpr (std::same_as<T, wchar_t>) return static_cast<std::uint32_t>(value);
    else return static_cast<std::uint64_t>(value);
}

} // namespace detail

/// A type that stable_hash takes: see there.
template <typename T>
concept Hashable = detail::hashable<std::remove_cvref_t<T>>();

/// The hash of several values in order: start with stable_hash of their number, then combine the hash of each.
///     splitmix64(so_far * 0x9e3779b97f4a7c15 + next), modulo 2^64
[[nodiscard]] constexpr std::uint64_t hash_combine(std::uint64_t so_far, std::uint64_t next) noexcept {
    return detail::splitmix64(so_far * detail::golden + next);
}

/// A hash that is the same in every run, program and machine, and well mixed in all its bits: key groups and saved state
/// depend on it, so it never changes.
///     integer, bool, char, enum    splitmix64(its value as 64 bits, two's complement); char and wchar_t as if unsigned
///     float, double                splitmix64(IEEE 754 bits as a double); -0 as +0, every NaN as 0x7ff8000000000000
///     string, string_view, const char*, what converts to string_view
///                                  wyhash final version 4 of its bytes, seed 0, secret a0761d6478bd642f e7037ed1a0b428db
///                                  8ebc6af09c88c6e3 589965cc75374cc3, words read as little-endian
///     duration, time_point         its count
///     pair, tuple, types with fields(), array, vector, optional (none or one element), strings of other characters
///                                  h = splitmix64(number of elements), then h = hash_combine(h, stable_hash(element)) for each
///     a type with weir::Hash<T>    Hash<T>::of(value), which comes before all of the above
/// where splitmix64(x) is the first output of that generator seeded with x. Never allocates. Not meant against attackers who
/// choose keys.
///     example: tests/core/hash.cpp
template <typename T>
[[nodiscard]] constexpr std::uint64_t stable_hash(const T& value) {
    static_assert(Hashable<T>, "stable_hash: this type cannot be hashed. Give it fields(), or specialise weir::Hash<T>; "
                               "long double, pointers and types with unnamed bytes are not hashed as they are.");
    if constexpr (not Hashable<T>) return 0;
    else if constexpr (detail::HashedByUser<T>) return Hash<T>::of(value);
    else if constexpr (detail::HashedAsText<T>) return detail::wyhash(value);
    else if constexpr (std::is_enum_v<T>) return stable_hash(static_cast<std::underlying_type_t<T>>(value));
    else if constexpr (std::is_arithmetic_v<T>) return detail::splitmix64(detail::number_bits(value));
    else if constexpr (detail::is_duration<T>) return stable_hash(value.count());
    else if constexpr (detail::is_time_point<T>) return stable_hash(value.time_since_epoch().count());
    else if constexpr (detail::is_hashed_optional<T>)
        return value ? hash_combine(detail::splitmix64(1), stable_hash(*value)) : detail::splitmix64(0);
    else if constexpr (detail::is_hashed_range<T>) {
        std::uint64_t hash = detail::splitmix64(value.size());
        for (const auto& element : value)
            hash = hash_combine(hash, stable_hash(static_cast<const typename T::value_type&>(element)));
        return hash;
    } else if constexpr (detail::is_hashed_tuple<T>) {
        return std::apply(
            [](const auto&... elements) {
                std::uint64_t hash = detail::splitmix64(sizeof...(elements));
                ((hash = hash_combine(hash, stable_hash(elements))), ...);
                return hash;
            },
            value);
    } else {
        std::uint64_t hash = detail::splitmix64(field_count<T>);
        for_each_field(value, [&](auto, const auto& field) { hash = hash_combine(hash, stable_hash(field)); });
        return hash;
    }
}

/// The group, from 0 to groups - 1, that a key with this hash belongs to: floor(hash / 2^32) * groups / 2^32. From the upper
/// half of the hash, as tables find their places by the lower one. groups is at least 1.
[[nodiscard]] constexpr std::uint32_t key_group(std::uint64_t hash, std::uint32_t groups) noexcept {
    return static_cast<std::uint32_t>(((hash >> 32) * groups) >> 32);
}

namespace detail {

template <StandardText A, StandardText B>
[[nodiscard]] WEIR_INLINE constexpr bool same_key(const A& a, const B& b) noexcept {
    return same_text(a, b);
}
/// Whether two forms of a T, as it is kept and as a projection shows it, have to be compared part by part: as it may hold a NaN, has
/// fields(), or has a == for its own type only.
template <typename T>
consteval bool compared_by_parts();

template <typename Tuple>
inline constexpr bool any_compared_by_parts = true;
template <typename... Ts>
inline constexpr bool any_compared_by_parts<std::tuple<Ts...>> = (compared_by_parts<std::remove_cvref_t<Ts>>() || ...);

template <typename T>
consteval bool compared_by_parts() {
    if constexpr (HashedByUser<T>) return false;
    else if constexpr (HashedAsText<T>) return std::is_pointer_v<T>;
    else if constexpr (is_duration<T> || is_time_point<T>) return compared_by_parts<typename T::rep>();
    else if constexpr (is_hashed_optional<T>) return compared_by_parts<typename T::value_type>();
    else if constexpr (is_hashed_range<T>) return true;
    else if constexpr (is_hashed_tuple<T>) return any_compared_by_parts<T>;
    else return std::floating_point<T> || HasFields<T>;
}

/// Whether two keys are one: by what is hashed of them, so that every NaN is the same key, and types with fields() need no ==. Both are of
/// one type, or the one is as it is kept, the other as a projection shows it.
template <typename A, typename B>
[[nodiscard]] constexpr bool same_key(const A& a, const B& b) {
    if constexpr (not HashedByUser<A> && HashedAsText<A> && std::is_pointer_v<A> && std::is_pointer_v<B>) return std::string_view(a) == std::string_view(b);
    else if constexpr (HashedByUser<A> || HashedAsText<A>) return a == b;
    else if constexpr (not std::same_as<A, B> && not compared_by_parts<A>() && not compared_by_parts<B>()) return a == b;
    else if constexpr (std::floating_point<A> && std::floating_point<B>) return a == b || (a != a && b != b);
    else if constexpr (is_hashed_optional<A> && is_hashed_optional<B>)
        return a.has_value() == b.has_value() && (not a || same_key(*a, *b));
    else if constexpr (is_hashed_range<A> && is_hashed_range<B>) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (not same_key(static_cast<const typename A::value_type&>(a[i]), static_cast<const typename B::value_type&>(b[i])))
                return false;
        return true;
    } else if constexpr (is_hashed_tuple<A> && is_hashed_tuple<B>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (same_key(std::get<I>(a), std::get<I>(b)) && ...);
        }(std::make_index_sequence<std::tuple_size_v<A>>{});
    } else if constexpr (not std::same_as<A, B>) return a == b;
    else if constexpr (is_duration<A>) return same_key(a.count(), b.count());
    else if constexpr (is_time_point<A>) return same_key(a.time_since_epoch(), b.time_since_epoch());
    else if constexpr (HasFields<A>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (same_key(get_field<I>(a), get_field<I>(b)) && ...);
        }(std::make_index_sequence<field_count<A>>{});
    } else return a == b;
}

} // namespace detail
} // namespace weir
