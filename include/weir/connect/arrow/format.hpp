// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/abi.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::arrow::detail {

/// What the cells of a column mean, and how they lie in memory.
enum class Family : unsigned char { other, null, boolean, integer, floating, text, binary, timestamp, duration, structure };
enum class Storage : unsigned char { none, bits, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, offsets32, offsets64, views, fixed };

/// A format string, taken apart.
struct Form {
    Family family = Family::other;
    Storage storage = Storage::none;
    std::int64_t unit = 1;  ///< nanoseconds, of a time
    std::int64_t width = 0; ///< bytes, of a fixed one

    /// How many buffers an array has, the bitmap included; views may have more.
    [[nodiscard]] constexpr std::int64_t buffers() const noexcept {
        switch (storage) {
        case Storage::none: return family == Family::structure ? 1 : 0;
        case Storage::offsets32:
        case Storage::offsets64:
        case Storage::views: return 3;
        default: return 2;
        }
    }
};

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t day = 86'400 * second;

constexpr std::int64_t unit_of(char letter) noexcept {
    switch (letter) {
    case 's': return second;
    case 'm': return 1'000'000;
    case 'u': return 1'000;
    case 'n': return 1;
    default: return 0;
    }
}

/// Lists, decimals and what else has no field here: Family::other.
inline Form form_of(std::string_view format) noexcept {
    if (format.size() == 1) switch (format[0]) {
        case 'n': return {Family::null, Storage::none};
        case 'b': return {Family::boolean, Storage::bits};
        case 'c': return {Family::integer, Storage::i8};
        case 'C': return {Family::integer, Storage::u8};
        case 's': return {Family::integer, Storage::i16};
        case 'S': return {Family::integer, Storage::u16};
        case 'i': return {Family::integer, Storage::i32};
        case 'I': return {Family::integer, Storage::u32};
        case 'l': return {Family::integer, Storage::i64};
        case 'L': return {Family::integer, Storage::u64};
        case 'f': return {Family::floating, Storage::f32};
        case 'g': return {Family::floating, Storage::f64};
        case 'u': return {Family::text, Storage::offsets32};
        case 'U': return {Family::text, Storage::offsets64};
        case 'z': return {Family::binary, Storage::offsets32};
        case 'Z': return {Family::binary, Storage::offsets64};
        default: return {};
        }
    if (format == "vu") return {Family::text, Storage::views};
    if (format == "vz") return {Family::binary, Storage::views};
    if (format == "+s") return {Family::structure, Storage::none};
    if (format == "tdD") return {Family::timestamp, Storage::i32, day};
    if (format == "tdm") return {Family::timestamp, Storage::i64, unit_of('m')};
    if (format.starts_with("w:")) {
        Form form{Family::binary, Storage::fixed};
        const char* end = format.data() + format.size();
        if (std::from_chars(format.data() + 2, end, form.width).ptr == end && form.width >= 0) return form;
        return {};
    }
    if (format.size() < 3 || format[0] != 't' || unit_of(format[2]) == 0) return {};
    if (format[1] == 's') return {Family::timestamp, Storage::i64, unit_of(format[2])}; // its zone is only for showing it: instants are UTC
    if (format[1] == 'D') return {Family::duration, Storage::i64, unit_of(format[2])};
    if (format[1] == 't') return {Family::duration, format[2] == 's' || format[2] == 'm' ? Storage::i32 : Storage::i64, unit_of(format[2])};
    return {};
}

/// For messages: int64 (l).
inline std::string describe(const ArrowSchema& schema) {
    constexpr std::string_view plain[][2] = {
        {"n", "null"},         {"b", "bool"},   {"c", "int8"},   {"C", "uint8"},  {"s", "int16"},   {"S", "uint16"},      {"i", "int32"},
        {"I", "uint32"},       {"l", "int64"},  {"L", "uint64"}, {"e", "half"},   {"f", "float"},   {"g", "double"},      {"u", "utf8"},
        {"U", "large utf8"},   {"z", "binary"}, {"+s", "struct"}, {"+l", "list"}, {"+L", "large list"}, {"Z", "large binary"}, {"vu", "utf8 view"},
        {"vz", "binary view"}, {"+r", "run-end encoded"}, {"+m", "map"}};
    const std::string_view format = schema.format;
    std::string_view name = format.starts_with("d:") ? "decimal" : "";
    if (format.starts_with("td")) name = "date";
    else if (format.starts_with("ts")) name = "timestamp";
    else if (format.starts_with("tD")) name = "duration";
    else if (format.starts_with("tt")) name = "time of day";
    else if (format.starts_with("ti")) name = "interval";
    for (const auto& [code, said] : plain)
        if (format == code) name = said;
    std::string text = name.empty() ? "of the format " + std::string(format) : std::string(name) + " (" + std::string(format) + ")";
    if (schema.dictionary != nullptr) text += " into a dictionary of " + describe(*schema.dictionary);
    return text;
}

} // namespace weir::arrow::detail
