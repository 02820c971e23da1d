// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/event.hpp>
#include <weir/core/fields.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// Says how a T is saved and loaded, for types that weir does not know: specialise it with
///     static void save(StateWriter&, const T&);  static T load(StateReader&);
template <typename T>
struct Saved;

template <typename Byte>
class BasicStateWriter;
using StateWriter = BasicStateWriter<std::byte>;
class StateReader;

/// Saved state that ends early, or does not belong to this job. Says what was being read.
class StateError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

template <typename T>
concept SavedByUser = requires(StateWriter& w, StateReader& r, const T& v) {
    Saved<T>::save(w, v);
    { Saved<T>::load(r) } -> std::convertible_to<T>;
};

template <typename T>
inline constexpr bool is_sequence = false;
template <typename T, typename A>
inline constexpr bool is_sequence<std::vector<T, A>> = true;
template <typename C, typename Tr, typename A>
inline constexpr bool is_sequence<std::basic_string<C, Tr, A>> = true;

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
inline constexpr bool is_tuple = false;
template <typename... Ts>
inline constexpr bool is_tuple<std::tuple<Ts...>> = true;
template <typename A, typename B>
inline constexpr bool is_tuple<std::pair<A, B>> = true;

/// std::variant, known by what it can do: every includer would pay for <variant>.
template <typename T>
inline constexpr bool is_variant = false;
template <template <typename...> typename V, typename... Ts>
    requires requires(const V<Ts...>& v) { v.valueless_by_exception(), v.index(); }
inline constexpr bool is_variant<V<Ts...>> = true;
template <typename T>
struct Alternatives;
template <template <typename...> typename V, typename... Ts>
struct Alternatives<V<Ts...>> {
    using type = std::tuple<Ts...>;
};
template <typename T>
using alternatives_t = typename Alternatives<T>::type;

/// An address means nothing in another process, so nothing that is one is copied as bytes.
template <typename T>
concept PlainBytes = std::is_trivially_copyable_v<T> && not std::is_pointer_v<T> && not std::is_member_pointer_v<T>;

/// A sequence whose elements lie side by side as the bytes they are saved as.
template <typename T>
concept PlainSequence = is_sequence<T> && PlainBytes<typename T::value_type> && std::default_initializable<typename T::value_type> &&
                        (not SavedByUser<typename T::value_type>) && (not HasFields<typename T::value_type>) && requires(T& sequence) { { sequence.data() } -> std::same_as<typename T::value_type*>; };

/// Deep: with what its fields are made of; else those speak for themselves where they are saved.
template <typename T, bool Deep = false>
consteval bool savable() {
    constexpr auto all = []<typename... Ts>(const std::tuple<Ts...>*) { return (savable<std::remove_cv_t<Ts>, Deep>() && ...); };
    if constexpr (SavedByUser<T>) return true;
    else if constexpr (HasFields<T>) {
        if constexpr (Deep) return all(static_cast<const field_types_t<T>*>(nullptr));
        else return true;
    }
    else if constexpr (is_sequence<T>) return savable<typename T::value_type, Deep>();
    else if constexpr (is_optional<T>) return savable<typename T::value_type, Deep>();
    else if constexpr (is_timed<T>) return savable<value_t<T>, Deep>();
    else if constexpr (is_tuple<T>)
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (savable<std::remove_cv_t<std::tuple_element_t<I, T>>, Deep>() && ...);
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    else if constexpr (is_variant<T>)
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (savable<std::tuple_element_t<I, alternatives_t<T>>, Deep>() && ...);
        }(std::make_index_sequence<std::tuple_size_v<alternatives_t<T>>>{});
    else return PlainBytes<T>;
}

} // namespace detail

/// A type whose values can be part of saved state: trivially copyable ones without pointers, strings, vectors, optionals,
/// pairs, tuples, variants, Event<T>, types with fields(), of such types, and those that specialise weir::Saved.
template <typename T>
concept Savable = detail::savable<T>();

/// Appends values to a growing buffer of bytes. The format belongs to one build of one program on one kind of machine.
template <typename Byte> // std::byte; a template, so that it costs only jobs that save their state
class BasicStateWriter {
public:
    template <typename T>
    void put(const T& value) {
        static_assert(Savable<T>, "durable state: this type cannot be saved. Give it fields(), or specialise weir::Saved<T>.");
        if constexpr (not Savable<T>) return;
        else if constexpr (detail::SavedByUser<T>) Saved<T>::save(*this, value);
        else if constexpr (HasFields<T>) for_each_field(value, [&](auto, const auto& field) { put(field); });
        else if constexpr (detail::PlainSequence<T>) {
            put(value.size());
            bytes(value.data(), value.size() * sizeof(typename T::value_type));
        } else if constexpr (detail::is_sequence<T>) {
            put(value.size());
            for (const auto& element : value) put(static_cast<const typename T::value_type&>(element));
        } else if constexpr (detail::is_optional<T>) {
            put(value.has_value());
            if (value) put(*value);
        } else if constexpr (is_timed<T>) {
            put(value.value);
            put(value.time);
        } else if constexpr (detail::is_tuple<T>) {
            std::apply([&](const auto&... elements) { (put(elements), ...); }, value);
        } else if constexpr (detail::is_variant<T>) {
            put(value.index());
            visit([&](const auto& alternative) { put(alternative); }, value); // std::visit
        } else bytes(&value, sizeof value);
    }

    /// As a string of the same.
    void put_text(std::string_view text) {
        put(text.size());
        bytes(text.data(), text.size());
    }

    [[nodiscard]] const std::vector<Byte>& data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return data_.size(); }
    void clear() noexcept { data_.clear(); }

    /// Leaves room for a number that is known only later; `fill` writes it there.
    [[nodiscard]] std::size_t reserve() {
        const std::size_t place = data_.size();
        put(std::size_t{0});
        return place;
    }
    void fill(std::size_t place, std::size_t number) { std::memcpy(data_.data() + place, &number, sizeof number); }

private:
    void bytes(const void* from, std::size_t n) {
        const auto* first = static_cast<const Byte*>(from);
        data_.insert(data_.end(), first, first + n);
    }
    std::vector<Byte> data_;
};

/// Reads back what a StateWriter wrote, in the same order. Throws StateError where the bytes end too early.
class StateReader {
public:
    StateReader(const std::byte* data, std::size_t size) noexcept : data_(data), left_(size) {}
    explicit StateReader(const std::vector<std::byte>& data) noexcept : StateReader(data.data(), data.size()) {}

    template <typename T>
    [[nodiscard]] T get() {
        static_assert(Savable<T>, "durable state: this type cannot be loaded. Give it fields(), or specialise weir::Saved<T>.");
        if constexpr (detail::SavedByUser<T>) return Saved<T>::load(*this);
        else if constexpr (HasFields<T>) {
            T row{};
            for_each_field(row, [&](auto, auto& field) { field = get<std::remove_cvref_t<decltype(field)>>(); });
            return row;
        } else if constexpr (detail::PlainSequence<T>) {
            const auto n = get<std::size_t>();
            need(n <= left_ ? n * sizeof(typename T::value_type) : n);
            if constexpr (std::is_constructible_v<T, const char*, std::size_t>) { // a string: not cleared first
                T text(reinterpret_cast<const char*>(data_), n);
                data_ += n;
                left_ -= n;
                return text;
            } else {
                T sequence;
                sequence.resize(n);
                if (n > 0) bytes(sequence.data(), n * sizeof(typename T::value_type));
                return sequence;
            }
        } else if constexpr (detail::is_sequence<T>) {
            T sequence;
            for (auto n = get<std::size_t>(); n > 0; --n) sequence.push_back(get<typename T::value_type>());
            return sequence;
        } else if constexpr (detail::is_optional<T>) {
            if (get<bool>()) return T(get<typename T::value_type>());
            return T();
        } else if constexpr (is_timed<T>) {
            auto value = get<value_t<T>>();
            return T{std::move(value), get<Timestamp>()};
        } else if constexpr (detail::is_tuple<T>) {
            return [&]<std::size_t... I>(std::index_sequence<I...>) {
                return T{get<std::remove_cv_t<std::tuple_element_t<I, T>>>()...}; // braces: from left to right
            }(std::make_index_sequence<std::tuple_size_v<T>>{});
        } else if constexpr (detail::is_variant<T>) {
            return alternative<T>(get<std::size_t>());
        } else {
            alignas(T) std::array<std::byte, sizeof(T)> raw;
            bytes(raw.data(), raw.size());
            return std::bit_cast<T>(raw);
        }
    }

    template <typename T>
    void get(T& into) { into = get<T>(); }

    /// A string, where it lies.
    [[nodiscard]] std::string_view get_text() {
        const auto n = get<std::size_t>();
        need(n);
        const std::string_view text(reinterpret_cast<const char*>(data_), n);
        data_ += n;
        left_ -= n;
        return text;
    }
    /// The next n bytes as a reader of their own.
    [[nodiscard]] StateReader sub(std::size_t n) {
        need(n);
        StateReader part(data_, n);
        data_ += n;
        left_ -= n;
        return part;
    }
    [[nodiscard]] std::size_t left() const noexcept { return left_; }

private:
    void need(std::size_t n) const {
        if (n > left_) throw StateError("saved state ends too early: it belongs to another job or was cut off");
    }
    void bytes(void* to, std::size_t n) {
        need(n);
        std::memcpy(to, data_, n);
        data_ += n;
        left_ -= n;
    }
    template <typename T, std::size_t I = 0>
    T alternative(std::size_t index) {
        if constexpr (I < std::tuple_size_v<detail::alternatives_t<T>>) {
            if (index == I) return T(std::in_place_index<I>, get<std::tuple_element_t<I, detail::alternatives_t<T>>>());
            return alternative<T, I + 1>(index);
        } else throw StateError("saved state: a variant has no such alternative; the state belongs to another job");
    }
    const std::byte* data_;
    std::size_t left_;
};

} // namespace weir
