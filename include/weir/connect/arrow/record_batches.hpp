// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace weir::arrow {
namespace detail {

/// Record batches of one schema, in order.
class RecordBatches {
public:
    using event_type = RecordBatch;
    static constexpr bool bounded = true;

    explicit RecordBatches(Stream stream) : stream_(std::move(stream)) {}
    [[nodiscard]] std::optional<RecordBatch> next() {
        if (not schema_) schema_ = std::make_shared<const Owner<ArrowSchema>>(stream_.schema());
        auto array = stream_.next();
        if (not array) return std::nullopt;
        return RecordBatch(std::move(array), schema_);
    }

private:
    Stream stream_;
    std::shared_ptr<const Owner<ArrowSchema>> schema_;
};

/// One column of all batches, lent where it lies.
template <AsStored T>
class ColumnValues {
public:
    using event_type = T;
    static constexpr bool bounded = true;

    ColumnValues(Stream stream, std::string name) : batches_(std::move(stream)), name_(std::move(name)) {}
    [[nodiscard]] std::span<const T> next_batch() {
        while ((batch_ = batches_.next())) {
            const auto column = batch_->template column<T>(name_);
            if (column.maybe_null())
                for (std::size_t i = 0; i < column.size(); ++i)
                    if (column.is_null(i)) throw Error({.reason = "null: a column is lent where it lies only without nulls; see record_batches", .column = name_, .row = rows_ + i + 1});
            rows_ += column.size();
            if (column.size() != 0) return column.values();
        }
        return {};
    }

private:
    RecordBatches batches_;
    std::string name_;
    std::optional<RecordBatch> batch_;
    std::uint64_t rows_ = 0;
};

} // namespace detail

/// A source of whole record batches: from(record_batches(&stream)). Each is one event, with its columns where they lie.
///     Stream, ArrowArrayStream* (taken over) -> RecordBatch, bounded, in order; an Error where the stream fails.
///     example: tests/connect/arrow/column.cpp
[[nodiscard]] inline auto record_batches(Stream stream) { return detail::RecordBatches(std::move(stream)); }

/// A source of the values of one column, lent where they lie: from(column<double>(&stream, "delay")) | as_batches() | process(p) gives p
/// a std::span<const double> of each batch, without a copy.
///     Stream, ArrowArrayStream* (taken over) -> T, a number, or a time in the column's own unit; a BatchSource, bounded, in order.
///     An Error: there is no such column, it is of another type, or one of its values is null. example: tests/connect/arrow/column.cpp
template <detail::AsStored T>
[[nodiscard]] auto column(Stream stream, std::string name) {
    return detail::ColumnValues<T>(std::move(stream), std::move(name));
}

} // namespace weir::arrow
