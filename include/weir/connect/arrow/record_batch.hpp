// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/column.hpp>
#include <weir/connect/arrow/write.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::arrow {

/// Some rows as columns, and the schema that says what they are. Movable; releases what it owns.
///     example: tests/connect/arrow.cpp
class RecordBatch {
public:
    /// Takes over a struct array and its schema; both are then marked as released. An Error where they do not belong together.
    RecordBatch(ArrowArray* array, ArrowSchema* schema)
        : RecordBatch(Owner<ArrowArray>(array), std::make_shared<const Owner<ArrowSchema>>(schema)) {}
    RecordBatch(Owner<ArrowArray> array, std::shared_ptr<const Owner<ArrowSchema>> schema) : array_(std::move(array)), schema_(std::move(schema)) {
        if (detail::form_of((*schema_)->format).family != detail::Family::structure)
            throw Error({.reason = "rows are needed, a struct with a child for each column, not " + detail::describe(**schema_)});
        if (array_->n_children != (*schema_)->n_children || array_->length < 0 || array_->offset < 0)
            throw Error({.reason = "the array has " + std::to_string(array_->n_children) + " columns and the schema " + std::to_string((*schema_)->n_children)});
    }

    [[nodiscard]] std::size_t rows() const noexcept { return static_cast<std::size_t>(array_->length); }
    [[nodiscard]] const ArrowArray& array() const noexcept { return *array_; }
    [[nodiscard]] const ArrowSchema& schema() const noexcept { return **schema_; }

    /// A column where it lies, by its name: column<double>("delay"). An Error where there is none, or it is of another type.
    template <typename T>
    [[nodiscard]] Column<T> column(std::string_view name) const {
        const std::int64_t child = detail::find_column(schema(), name, std::string(name));
        const ArrowSchema& found = *schema().children[child];
        detail::Cells cells(found, std::string(name));
        if (not detail::agrees<T>(cells.form())) cells.wrong("it is " + detail::describe(found) + ", and not " + std::string(Type<T>::format));
        cells.bind(*array_->children[child], array_->offset, array_->length);
        return {std::move(cells), rows()};
    }

    /// Hands the columns over, and a copy of the schema where one is wanted, to whoever takes Arrow's C structs.
    void move_to(ArrowArray* array, ArrowSchema* schema = nullptr) && {
        if (schema != nullptr) detail::copy(**schema_).move_to(schema);
        std::move(array_).move_to(array);
    }

private:
    Owner<ArrowArray> array_;
    std::shared_ptr<const Owner<ArrowSchema>> schema_;
};

namespace detail {

/// Says what is wrong with rows that are none.
template <typename Row>
consteval bool check_columns() {
    if constexpr (not has_columns<Row>())
        static_assert(weir::detail::never<Row>, "arrow::to_stream, arrow::batches: these events are no rows. Accepted: types with fields(), tuples, pairs, Windowed and Keyed of these, and single "
                                                "values; fields are bool, integers, enums, float, double, strings, std::vector<std::byte>, sys_time, duration, "
                                                "types with fields(), std::optional of these.");
    return has_columns<Row>();
}

/// The rows of a stream, batch after batch.
struct ToBatch {
    BatchOptions options{};
    std::shared_ptr<const Owner<ArrowSchema>> schema{};
    std::uint64_t rows = 0;

    template <typename T>
    RecordBatch operator()(std::span<T> batch) {
        using Row = std::remove_const_t<T>;
        if constexpr (check_columns<Row>()) {
            if (not schema) schema = std::make_shared<const Owner<ArrowSchema>>(schema_of_rows<Row>(options));
            const std::uint64_t before = std::exchange(rows, rows + batch.size());
            return {Writer<Row>(batch, options, before).batch(), schema};
        }
    }
};

} // namespace detail

/// The rows of a contiguous range as one batch: what batches() and to_stream do with each of theirs.
///     Copies; the columns are those of to_csv, with a struct for a field that has fields() itself. An Error names column and row.
template <typename Rows>
    requires requires(const Rows& rows) { std::span(rows); }
[[nodiscard]] RecordBatch to_record_batch(const Rows& rows, const BatchOptions& options = {}) {
    return detail::ToBatch{options}(std::span(rows));
}

} // namespace weir::arrow
