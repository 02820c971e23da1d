// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/record_batch.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::arrow {
namespace detail {

/// An array whose values stay in the vector in which they were made.
template <typename T>
struct VectorNode {
    std::vector<T> values;
    const void* pointers[2] = {nullptr, nullptr};
};

template <typename T>
Owner<ArrowArray> array_of(std::vector<T> values, const std::string& name) {
    if constexpr (AsStored<T>) {
        auto node = std::make_unique<VectorNode<T>>(std::move(values));
        if (node->values.empty()) node->values.reserve(1); // for a pointer that is not null
        node->pointers[1] = node->values.data();
        ArrowArray array{};
        array.length = static_cast<std::int64_t>(node->values.size());
        array.n_buffers = 2;
        array.buffers = node->pointers;
        array.release = &release_node<VectorNode<T>, ArrowArray>;
        array.private_data = node.release();
        return Owner<ArrowArray>(&array);
    } else {
        return Writer<T>(values, BatchOptions{}, 0).column(name);
    }
}

inline void add_columns(SchemaNode&, ArrayNode&) {}
template <typename T, typename... Rest>
void add_columns(SchemaNode& schema, ArrayNode& batch, std::string_view name, std::vector<T> values, Rest&&... rest) {
    static_assert(Storable<T> && not std::is_same_v<T, bool>, "arrow::record_batch_of(\"name\", values, ...): values must be a vector of integers, enums, floats, strings, "
                                                              "std::vector<std::byte>, sys_time, duration, types with fields(), or std::optional of these and of bool.");
    const auto length = static_cast<std::int64_t>(values.size());
    if (batch.length < 0) batch.length = length;
    if (batch.length != length)
        throw Error({.reason = "it has " + std::to_string(length) + " values, and those before it " + std::to_string(batch.length), .column = std::string(name)});
    schema.children.add(schema_of<T>(std::string(name), {}));
    batch.children.add(array_of(std::move(values), std::string(name)));
    add_columns(schema, batch, std::forward<Rest>(rest)...);
}

} // namespace detail

/// A batch of columns that were made as such: record_batch_of("station", std::move(names), "mean", std::move(means)).
///     Numbers and times stay where they are, without a copy, until the batch is released; the others are copied. An Error where the
///     vectors are not equally long. example: tests/connect/arrow/column.cpp
template <typename... NamesAndVectors>
    requires(sizeof...(NamesAndVectors) % 2 == 0)
[[nodiscard]] RecordBatch record_batch_of(NamesAndVectors... columns) {
    auto schema = std::make_unique<detail::SchemaNode>("+s", "");
    auto batch = std::make_unique<detail::ArrayNode>();
    batch->length = -1;
    detail::add_columns(*schema, *batch, std::move(columns)...);
    if (batch->length < 0) batch->length = 0;
    return {publish(std::move(batch)), std::make_shared<const Owner<ArrowSchema>>(publish(std::move(schema), 0))};
}

} // namespace weir::arrow
