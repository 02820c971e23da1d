// SPDX-License-Identifier: BSL-1.0
// What arrow.py loads: rows out, and a stream in through rows and out again.
#include <weir/connect/arrow.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

enum class Colour : std::uint8_t { red, green = 200 };

struct Place {
    std::string name{};
    std::optional<double> height{};
    static constexpr auto fields() { return weir::fields("name", &Place::name, "height", &Place::height); }
};

struct Row {
    std::int64_t number = 0;
    std::optional<bool> yes{};
    std::optional<std::int8_t> i8{};
    std::optional<std::uint8_t> u8{};
    std::optional<std::int16_t> i16{};
    std::optional<std::uint16_t> u16{};
    std::optional<std::int32_t> i32{};
    std::optional<std::uint32_t> u32{};
    std::optional<std::int64_t> i64{};
    std::optional<std::uint64_t> u64{};
    std::optional<float> f{};
    std::optional<double> d{};
    std::optional<std::string> text{};
    std::optional<std::vector<std::byte>> bytes{};
    std::optional<Colour> colour{};
    std::optional<weir::Timestamp> ns{};
    std::optional<std::chrono::sys_time<std::chrono::microseconds>> us{};
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> ms{};
    std::optional<std::chrono::sys_seconds> s{};
    std::optional<std::chrono::sys_days> date{};
    std::optional<std::chrono::microseconds> length{};
    std::optional<Place> place{};

    static constexpr auto fields() {
        return weir::fields("number", &Row::number, "yes", &Row::yes, "i8", &Row::i8, "u8", &Row::u8, "i16", &Row::i16, "u16", &Row::u16, "i32", &Row::i32, "u32", &Row::u32, "i64",
                            &Row::i64, "u64", &Row::u64, "f", &Row::f, "d", &Row::d, "text", &Row::text, "bytes", &Row::bytes, "colour", &Row::colour, "ns", &Row::ns,
                            "us", &Row::us, "ms", &Row::ms, "s", &Row::s, "date", &Row::date, "length", &Row::length, "place", &Row::place);
    }
};

/// Row number n: a field is none in every 3rd to 5th row, each in other ones.
Row row_of(std::int64_t n) {
    Row row;
    row.number = n;
    int field = 0;
    const auto put = [&]<typename T>(std::optional<T>& to, auto make) {
        if (n % (3 + ++field % 3) != 0) to = make();
    };
    const std::chrono::seconds at(n * 86'400 * 7);
    put(row.yes, [&] { return n % 2 == 0; });
    put(row.i8, [&] { return static_cast<std::int8_t>(n % 128 - 64); });
    put(row.u8, [&] { return static_cast<std::uint8_t>(n % 256); });
    put(row.i16, [&] { return static_cast<std::int16_t>(n % 128 - 32'768); });
    put(row.u16, [&] { return static_cast<std::uint16_t>(65'535 - n % 128); });
    put(row.i32, [&] { return static_cast<std::int32_t>(n - 2'147'483'648); });
    put(row.u32, [&] { return static_cast<std::uint32_t>(4'294'967'295 - n); });
    put(row.i64, [&] { return -9'223'372'036'854'775'807 + n; });
    put(row.u64, [&] { return ~std::uint64_t{0} - static_cast<std::uint64_t>(n); });
    put(row.f, [&] { return static_cast<float>(n) / 4; });
    put(row.d, [&] { return static_cast<double>(n) / 8; });
    put(row.text, [&] { return "row \u00fc " + std::string(static_cast<std::size_t>(n % 20), 'x'); });
    put(row.bytes, [&] { return std::vector<std::byte>(static_cast<std::size_t>(n % 4), static_cast<std::byte>(n % 256)); });
    put(row.colour, [&] { return n % 2 == 0 ? Colour::red : Colour::green; });
    put(row.ns, [&] { return weir::Timestamp(at); });
    put(row.us, [&] { return std::chrono::sys_time<std::chrono::microseconds>(at); });
    put(row.ms, [&] { return std::chrono::sys_time<std::chrono::milliseconds>(at); });
    put(row.s, [&] { return std::chrono::sys_seconds(at); });
    put(row.date, [&] { return std::chrono::sys_days(std::chrono::days(n - 50)); });
    put(row.length, [&] { return std::chrono::microseconds(n - 50); });
    put(row.place, [&] { return Place{"place " + std::to_string(n), n % 2 == 0 ? std::optional(static_cast<double>(n)) : std::nullopt}; });
    return row;
}

} // namespace

extern "C" {

/// The first n rows.
void rows_out(ArrowArrayStream* out, std::int64_t n, std::int64_t rows_per_batch) {
    weir::arrow::to_stream(weir::generate([i = std::int64_t{0}]() mutable { return row_of(i++); }) | weir::take(static_cast<std::size_t>(n)),
                           {.rows_per_batch = static_cast<std::size_t>(rows_per_batch)})
        .move_to(out);
}

/// What comes in, row by row, goes out again.
void rows_again(ArrowArrayStream* in, ArrowArrayStream* out) { weir::arrow::to_stream(weir::arrow::from_stream<Row>(in), {.rows_per_batch = 1000}).move_to(out); }

/// The batches of more than two rows go out as they came in.
void batches_again(ArrowArrayStream* in, ArrowArrayStream* out) {
    weir::arrow::to_stream(weir::from(weir::arrow::record_batches(in)) | weir::filter([](const weir::arrow::RecordBatch& batch) { return batch.rows() > 2; })).move_to(out);
}

} // extern "C"
