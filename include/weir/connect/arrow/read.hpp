// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/cells.hpp>
#include <weir/connect/arrow/owner.hpp>
#include <weir/connect/arrow/type.hpp>
#include <weir/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::arrow::detail {

/// Which rows of a block cannot be read, and why: for each the first reason that was found.
class Faults {
public:
    static constexpr std::size_t all = static_cast<std::size_t>(-1);

    void begin(std::size_t rows, std::uint64_t before) {
        if (first_ != all) errors_.clear();
        rows_ = rows;
        before_ = before;
        first_ = all;
    }
    void add(std::size_t row, const std::string& column, std::string reason) {
        if (errors_.empty()) errors_.resize(rows_);
        if (errors_[row]) return;
        errors_[row] = std::make_exception_ptr(Error({.reason = std::move(reason), .column = column, .row = before_ + row + 1}));
        if (row < first_) first_ = row;
    }
    [[nodiscard]] std::size_t first() const noexcept { return first_; } ///< all: there are none
    [[nodiscard]] std::exception_ptr at(std::size_t row) const { return first_ == all ? nullptr : errors_[row]; }

private:
    std::vector<std::exception_ptr> errors_;
    std::size_t rows_ = 0;
    std::uint64_t before_ = 0;
    std::size_t first_ = all;
};

template <typename T>
constexpr bool takes(Form form) noexcept {
    if constexpr (not requires { Type<T>::family; }) return form.family == Family::structure;
    else if constexpr (std::is_same_v<T, float>) return form.storage == Storage::f32;
    else if constexpr (std::is_same_v<T, double>) return form.family == Family::floating || form.family == Family::integer;
    else return form.family == Type<T>::family;
}

template <typename T>
struct WithoutOptional {
    using type = T;
};
template <typename T>
struct WithoutOptional<std::optional<T>> {
    using type = T;
};

/// Reads the cells of a column into what stands for them in rows.
///     into(i) points to the field of row i, or is null where that is not to be read.
template <typename T>
class ColumnReader {
    using Plain = typename WithoutOptional<T>::type;
    static constexpr bool nested = not requires { Type<Plain>::family; };

    template <typename V>
    struct FieldReaders {};
    template <typename V>
        requires(nested && HasFields<V>)
    struct FieldReaders<V> {
        template <typename Tuple>
        struct Of;
        template <typename... Ts>
        struct Of<std::tuple<Ts...>> {
            using type = std::tuple<ColumnReader<Ts>...>;
        };
        typename Of<field_types_t<V>>::type all;
    };

public:
    /// Finds the column among the children of a struct. An Error says what is there instead.
    void open(const ArrowSchema& parent, std::string_view name, const std::string& path) {
        const std::string full = path.empty() ? std::string(name) : path + "." + std::string(name);
        child_ = find_column(parent, name, full);
        const ArrowSchema& schema = *parent.children[child_];
        cells_ = Cells(schema, full);
        if (not takes<Plain>(cells_.form()) && not (is_optional<T> && cells_.form().family == Family::null))
            throw Error({.reason = "it is " + describe(schema) + ", and the field needs " + std::string(expected()), .column = full});
        if constexpr (nested)
            if (cells_.form().family == Family::structure) {
                if (cells_.encoded()) cells_.wrong("structs in a dictionary are not read");
                each_field([&](auto& reader, std::string_view field) { reader.open(schema, field, full); });
            }
    }

    /// The children of `parent` from `at` on.
    void bind(const ArrowArray& parent, std::int64_t at, std::int64_t length) {
        const ArrowArray& array = *parent.children[child_];
        cells_.bind(array, at, length);
        if constexpr (nested)
            if (cells_.form().family == Family::structure) {
                each_field([&](auto& reader, std::string_view) {
                    if (reader.child() >= array.n_children) cells_.wrong("the array has fewer children than the schema");
                    reader.bind(array, array.offset + at, length);
                });
            }
    }
    [[nodiscard]] std::int64_t child() const noexcept { return child_; }

    template <typename Into>
    void read(std::int64_t first, std::size_t n, const Into& into, Faults& faults) {
        if constexpr (is_optional<T>) {
            for (std::size_t i = 0; i < n; ++i)
                if (T* value = into(i)) {
                    if (cells_.maybe_null() && cells_.is_null(first + static_cast<std::int64_t>(i))) value->reset();
                    else if (not value->has_value()) value->emplace();
                }
            if (cells_.form().family == Family::null) return;
            read_values(first, n, [&](std::size_t i) -> Plain* {
                T* value = into(i);
                return value != nullptr && value->has_value() ? std::addressof(**value) : nullptr;
            }, faults);
        } else {
            if (cells_.maybe_null())
                for (std::size_t i = 0; i < n; ++i)
                    if (into(i) != nullptr && cells_.is_null(first + static_cast<std::int64_t>(i))) faults.add(i, cells_.name(), "null, and the field is no std::optional");
            read_values(first, n, into, faults);
        }
    }

private:
    static std::string_view expected() noexcept {
        if constexpr (nested) return "a struct";
        else return Type<Plain>::expected;
    }
    template <typename Fn>
    void each_field(const Fn& fn) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (fn(std::get<I>(fields_.all), field_names<Plain>[I]), ...);
        }(std::make_index_sequence<field_count<Plain>>{});
    }

    template <typename Into>
    void read_values(std::int64_t first, std::size_t n, const Into& into, Faults& faults) {
        if constexpr (nested) {
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                (std::get<I>(fields_.all).read(first, n, [&](std::size_t i) -> field_type_t<I, Plain>* {
                    Plain* whole = faults.at(i) ? nullptr : into(i);
                    return whole == nullptr ? nullptr : std::addressof(get_field<I>(*whole));
                }, faults), ...);
            }(std::make_index_sequence<field_count<Plain>>{});
        } else if constexpr (Type<Plain>::family == Family::boolean) {
            each(first, n, into, [&](std::int64_t at, bool& value, std::size_t) { value = bit(cells_.buffer(1), at); });
        } else if constexpr (Type<Plain>::family == Family::text) {
            each(first, n, into, [&](std::int64_t at, Plain& value, std::size_t) { value = cells_.bytes(at); });
        } else if constexpr (Type<Plain>::family == Family::binary) {
            each(first, n, into, [&](std::int64_t at, Plain& value, std::size_t) {
                const std::string_view bytes = cells_.bytes(at);
                const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
                if constexpr (std::is_same_v<Plain, std::vector<std::byte>>) value.assign(begin, begin + bytes.size());
                else value = Plain(begin, bytes.size());
            });
        } else {
            read_numbers(first, n, into, faults);
        }
    }
    template <typename Into, typename Take>
    void each(std::int64_t first, std::size_t n, const Into& into, const Take& take) {
        if (cells_.plain()) {
            const std::int64_t begin = cells_.begin() + first;
            for (std::size_t i = 0; i < n; ++i)
                if (auto* value = into(i)) take(begin + static_cast<std::int64_t>(i), *value, i);
        } else {
            for (std::size_t i = 0; i < n; ++i) {
                auto* value = into(i);
                if (value == nullptr) continue;
                const std::int64_t at = cells_.place(first + static_cast<std::int64_t>(i));
                if (at != Cells::none) take(at, *value, i);
            }
        }
    }

    /// One loop for the form that the field itself has, and a slower one for integers of all others: each more costs every compilation.
    template <typename Into>
    void read_numbers(std::int64_t first, std::size_t n, const Into& into, Faults& faults) {
        using Own = Type<Plain>;
        const Form form = cells_.form();
        const auto refuse = [&](std::size_t i, const std::string& value) { faults.add(i, cells_.name(), value + " is out of what the field can hold"); };
        if (form.storage == form_of(Own::format).storage) {
            each(first, n, into, [&](std::int64_t at, Plain& value, std::size_t i) {
                const auto stored = number_at<typename Own::Stored>(cells_.buffer(1), at);
                if constexpr (not is_time) value = static_cast<Plain>(stored);
                else if (not Own::load(stored, form.unit, value)) refuse(i, std::to_string(stored));
            });
        } else if (form.family == Family::floating) {
            if constexpr (std::is_same_v<Plain, double>)
                each(first, n, into, [&](std::int64_t at, double& value, std::size_t) { value = static_cast<double>(number_at<float>(cells_.buffer(1), at)); });
        } else {
            each(first, n, into, [&](std::int64_t at, Plain& value, std::size_t i) {
                const std::int64_t stored = integer_at(form.storage, cells_.buffer(1), at);
                const bool huge = form.storage == Storage::u64 && stored < 0;
                if (huge || not convert_integer(stored, form.unit, value)) refuse(i, huge ? std::to_string(static_cast<std::uint64_t>(stored)) : std::to_string(stored));
            });
        }
    }
    static bool convert_integer(std::int64_t stored, std::int64_t unit, Plain& value) noexcept {
        if constexpr (is_time) {
            return Type<Plain>::load(stored, unit, value);
        } else if constexpr (std::is_floating_point_v<Plain>) {
            constexpr std::int64_t exact = std::int64_t{1} << std::numeric_limits<Plain>::digits;
            value = static_cast<Plain>(stored);
            return stored <= exact && stored >= -exact;
        } else {
            using Number = typename Type<Plain>::Stored;
            if (not std::in_range<Number>(stored)) return false;
            value = static_cast<Plain>(static_cast<Number>(stored));
            return true;
        }
    }
    static constexpr bool is_time = requires { Type<Plain>::unit; };

    Cells cells_;
    std::int64_t child_ = 0;
    FieldReaders<Plain> fields_;
};

} // namespace weir::arrow::detail
