// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/error.hpp>
#include <weir/connect/arrow/format.hpp>
#include <weir/connect/arrow/owner.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace weir::arrow::detail {

inline bool bit(const void* bits, std::int64_t i) noexcept { return (static_cast<const std::uint8_t*>(bits)[i / 8] >> (i % 8) & 1) != 0; }

/// One that may stand anywhere.
template <typename S>
S number_at(const void* buffer, std::int64_t i) noexcept {
    S value;
    std::memcpy(&value, static_cast<const char*>(buffer) + i * std::int64_t{sizeof(S)}, sizeof value);
    return value;
}

/// An integer of any width; a uint64 above 2^63 - 1 is negative.
inline std::int64_t integer_at(Storage storage, const void* buffer, std::int64_t i) noexcept {
    switch (storage) {
    case Storage::i8: return number_at<std::int8_t>(buffer, i);
    case Storage::u8: return number_at<std::uint8_t>(buffer, i);
    case Storage::i16: return number_at<std::int16_t>(buffer, i);
    case Storage::u16: return number_at<std::uint16_t>(buffer, i);
    case Storage::i32: return number_at<std::int32_t>(buffer, i);
    case Storage::u32: return number_at<std::uint32_t>(buffer, i);
    default: return number_at<std::int64_t>(buffer, i);
    }
}

/// The child of that name. An Error, which calls it `full`, where there is none, or more than one.
inline std::int64_t find_column(const ArrowSchema& parent, std::string_view name, const std::string& full) {
    std::int64_t found = -1;
    std::string names;
    for (std::int64_t i = 0; i < parent.n_children; ++i) {
        const std::string_view other = name_of(*parent.children[i]);
        names.append(i == 0 ? "" : ", ").append(other);
        if (other != name) continue;
        if (found >= 0) throw Error({.reason = "there are two of that name", .column = full});
        found = i;
    }
    if (found < 0) throw Error({.reason = "there is none of that name, only " + (names.empty() ? "none" : names), .column = full});
    return found;
}

/// The cells of a column, however the array is sliced and whatever structs it lies in; through a dictionary where there is one.
/// First made for a schema, then bound to one array after the other.
class Cells {
public:
    static constexpr std::int64_t none = -1;

    Cells() = default;
    Cells(const ArrowSchema& schema, std::string name) : name_(std::move(name)), form_(form_of(schema.format)) {
        if (schema.dictionary == nullptr) return;
        index_ = form_;
        form_ = form_of(schema.dictionary->format);
        if (index_.family != Family::integer || schema.dictionary->dictionary != nullptr) form_ = {};
    }

    /// length: so many cells from `at` on, which is where the structs around them begin.
    void bind(const ArrowArray& array, std::int64_t at, std::int64_t length) {
        const bool encoded = index_.family != Family::other;
        if (array.length < at + length) wrong("the array is shorter than the batch");
        check(array, encoded ? index_ : form_);
        at_ = array.offset + at;
        valid_ = bitmap_of(array);
        array_ = values_ = &array;
        values_valid_ = nullptr;
        if (not encoded) return;
        if (array.dictionary == nullptr) wrong("the dictionary is missing");
        values_ = array.dictionary;
        check(*values_, form_);
        values_valid_ = bitmap_of(*values_);
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] Form form() const noexcept { return form_; }
    [[nodiscard]] bool encoded() const noexcept { return index_.family != Family::other; }
    [[nodiscard]] bool maybe_null() const noexcept { return valid_ != nullptr || values_valid_ != nullptr || form_.family == Family::null; }
    /// The values stand one behind the other from begin() on, and all of them count.
    [[nodiscard]] bool plain() const noexcept { return not maybe_null() && not encoded(); }
    [[nodiscard]] bool is_null(std::int64_t i) const { return form_.family == Family::null || place(i) == none; }
    /// Where the value of cell i stands in buffer(1); none: it is null.
    [[nodiscard]] std::int64_t place(std::int64_t i) const {
        const std::int64_t at = at_ + i;
        if (valid_ != nullptr && not bit(valid_, at)) return none;
        return encoded() ? look_up(at) : at;
    }
    [[nodiscard]] const void* buffer(std::size_t which) const noexcept { return values_->buffers[which]; }
    [[nodiscard]] const ArrowArray& array() const noexcept { return *array_; }
    /// Where cell 0 stands, in array().
    [[nodiscard]] std::int64_t begin() const noexcept { return at_; }

    /// The bytes of a text or of a binary value.
    [[nodiscard]] std::string_view bytes(std::int64_t at) const {
        switch (form_.storage) {
        case Storage::offsets32: return between<std::int32_t>(at);
        case Storage::offsets64: return between<std::int64_t>(at);
        case Storage::views: return view(at);
        default: return {static_cast<const char*>(buffer(1)) + at * form_.width, static_cast<std::size_t>(form_.width)};
        }
    }

    [[noreturn]] void wrong(std::string what) const { throw Error({.reason = std::move(what), .column = name_}); }

private:
    void check(const ArrowArray& array, Form form) const {
        if (array.length < 0 || array.offset < 0) wrong("the array has a negative length or offset");
        if (array.n_buffers < form.buffers()) wrong("the array has " + std::to_string(array.n_buffers) + " buffers, and needs " + std::to_string(form.buffers()));
        for (std::int64_t i = 1; i < form.buffers() && array.length != 0; ++i)
            if (array.buffers[i] == nullptr && not (i == 2 && form.family != Family::structure)) wrong("a buffer is missing");
        if (array.null_count > 0 && form.buffers() > 0 && array.buffers[0] == nullptr) wrong("the array has nulls, but does not say which");
    }
    static const void* bitmap_of(const ArrowArray& array) noexcept { return array.null_count == 0 || array.n_buffers == 0 ? nullptr : array.buffers[0]; }

    std::int64_t look_up(std::int64_t at) const {
        const std::int64_t i = integer_at(index_.storage, array_->buffers[1], at); // a uint64 that is too great is negative, and outside
        if (i < 0 || i >= values_->length) wrong("the index " + std::to_string(i) + " is outside of the dictionary, which has " + std::to_string(values_->length) + " values");
        if (form_.family == Family::null) return none;
        const std::int64_t place = values_->offset + i;
        return values_valid_ != nullptr && not bit(values_valid_, place) ? none : place;
    }
    template <typename Offset>
    [[nodiscard]] std::string_view between(std::int64_t at) const {
        const auto from = number_at<Offset>(buffer(1), at);
        const auto to = number_at<Offset>(buffer(1), at + 1);
        if (from < 0 || to < from || (buffer(2) == nullptr && to != from)) wrong("the offsets of the text do not grow");
        return {static_cast<const char*>(buffer(2)) + from, static_cast<std::size_t>(to - from)};
    }
    /// Up to 12 bytes stand in the view itself; else it says in which of the further buffers, and where.
    [[nodiscard]] std::string_view view(std::int64_t at) const {
        const char* view = static_cast<const char*>(buffer(1)) + at * 16;
        const auto size = number_at<std::int32_t>(view, 0);
        if (size >= 0 && size <= 12) return {view + 4, static_cast<std::size_t>(size)};
        const auto which = number_at<std::int32_t>(view, 2), from = number_at<std::int32_t>(view, 3);
        const std::int64_t further = values_->n_buffers - 3; // behind them stand their sizes
        if (size < 0 || from < 0 || which < 0 || which >= further ||
            number_at<std::int64_t>(buffer(static_cast<std::size_t>(further + 2)), which) < std::int64_t{from} + size)
            wrong("a view points outside of its buffers");
        return {static_cast<const char*>(buffer(static_cast<std::size_t>(which + 2))) + from, static_cast<std::size_t>(size)};
    }

    std::string name_;
    Form form_{};
    Form index_{}; // of a dictionary
    const ArrowArray* array_ = nullptr;
    const ArrowArray* values_ = nullptr; // the array, or its dictionary
    const void* valid_ = nullptr;
    const void* values_valid_ = nullptr;
    std::int64_t at_ = 0;
};

} // namespace weir::arrow::detail
