// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/cells.hpp>
#include <weir/connect/arrow/type.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::arrow {
namespace detail {

/// T lies in a column as it lies in a vector: numbers, and times that count in 64 bits.
template <typename T>
concept AsStored = requires { typename Type<T>::Stored; } && (not std::is_enum_v<T>) && sizeof(T) == sizeof(typename Type<T>::Stored) &&
                   std::is_trivially_copyable_v<T>;

/// T can be looked at where it stands.
template <typename T>
concept Viewable = AsStored<T> || std::is_same_v<T, bool> || std::is_same_v<T, std::string_view> || std::is_same_v<T, std::span<const std::byte>>;

template <Viewable T>
constexpr bool agrees(Form form) noexcept {
    const Form own = form_of(Type<T>::format);
    if constexpr (AsStored<T>) return form.family == own.family && form.storage == own.storage && form.unit == own.unit;
    else return form.family == own.family;
}

} // namespace detail

/// A column of a record batch, looked at where it lies: nothing is copied or converted. It lives as long as its batch.
///     T: bool, integers, float, double, sys_time and duration in exactly the column's form; std::string_view, std::span<const std::byte>
///     example: tests/connect/arrow/column.cpp
template <detail::Viewable T>
class Column {
public:
    /// What RecordBatch::column makes.
    Column(detail::Cells cells, std::size_t size) : cells_(std::move(cells)), size_(size) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool is_null(std::size_t i) const { return cells_.maybe_null() && cells_.is_null(static_cast<std::int64_t>(i)); }
    /// Whether is_null could be true of any: without a bitmap it is not.
    [[nodiscard]] bool maybe_null() const noexcept { return cells_.maybe_null(); }
    /// The value of cell i; T{} where it is null.
    [[nodiscard]] T operator[](std::size_t i) const {
        const std::int64_t at = cells_.place(static_cast<std::int64_t>(i));
        if (at == detail::Cells::none) return T{};
        if constexpr (std::is_same_v<T, bool>) return detail::bit(cells_.buffer(1), at);
        else if constexpr (detail::AsStored<T>) return detail::number_at<T>(cells_.buffer(1), at);
        else {
            const std::string_view bytes = cells_.bytes(at);
            if constexpr (std::is_same_v<T, std::string_view>) return bytes;
            else return T(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
        }
    }
    /// All of them, where they lie; what stands where is_null is anything. An Error for a column in a dictionary.
    [[nodiscard]] std::span<const T> values() const
        requires detail::AsStored<T>
    {
        if (size_ == 0) return {};
        if (cells_.encoded()) cells_.wrong("its values are in a dictionary, so they do not stand in a row");
        const auto* values = static_cast<const char*>(cells_.buffer(1)) + cells_.begin() * std::int64_t{sizeof(T)};
        if (reinterpret_cast<std::uintptr_t>(values) % alignof(T) != 0) cells_.wrong("its memory is not aligned");
        return {reinterpret_cast<const T*>(values), size_};
    }

private:
    detail::Cells cells_;
    std::size_t size_;
};

} // namespace weir::arrow
