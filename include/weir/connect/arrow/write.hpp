// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/buffers.hpp>
#include <weir/connect/arrow/columns.hpp>
#include <weir/core/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::arrow {

/// How rows become record batches.
struct BatchOptions {
    std::size_t rows_per_batch = 65'536; ///< the last batch may have fewer
    bool large_strings = false;          ///< 64-bit offsets: for batches with more than 2 GiB of text in one column
    bool check_utf8 = true;              ///< text that is not UTF-8 is an error; else it is handed on as it is, which Arrow forbids
};

namespace detail {

/// The type of a column without its name.
template <typename T>
Owner<ArrowSchema> schema_of(const std::string& name, const BatchOptions& options, bool nullable = false) {
    if constexpr (is_optional<T>) {
        return schema_of<typename T::value_type>(name, options, true);
    } else {
        auto node = std::make_unique<SchemaNode>("+s", name);
        if constexpr (requires { Type<T>::large_format; }) node->format = options.large_strings ? Type<T>::large_format : Type<T>::format;
        else if constexpr (requires { Type<T>::format; }) node->format = Type<T>::format;
        else
            for_each_field_type<T>([&]<typename F>(std::string_view field, std::type_identity<F>) {
                node->children.add(schema_of<F>(std::string(field), options));
            });
        return publish(std::move(node), nullable ? ARROW_FLAG_NULLABLE : 0);
    }
}

template <typename Row>
Owner<ArrowSchema> schema_of_rows(const BatchOptions& options) {
    auto node = std::make_unique<SchemaNode>("+s", "");
    each_column<Row>([&]<typename Of>(const std::string& name) { node->children.add(schema_of<value_at_t<Of>>(name, options)); });
    return publish(std::move(node), 0);
}

/// Makes the columns of some rows.
template <typename Row>
class Writer {
public:
    /// before: rows of the stream that stand in front of these, for messages.
    Writer(std::span<const Row> rows, const BatchOptions& options, std::uint64_t before) : rows_(rows), options_(options), before_(before) {}

    [[nodiscard]] Owner<ArrowArray> batch() const {
        auto node = std::make_unique<ArrayNode>();
        node->length = static_cast<std::int64_t>(rows_.size());
        each_column<Row>([&]<typename Of>(const std::string& name) { node->children.add(publish(column<Of>(name))); });
        return publish(std::move(node));
    }

    /// The rows themselves as one column.
    [[nodiscard]] Owner<ArrowArray> column(const std::string& name) const { return publish(column<Whole<Row>>(name)); }

private:
    template <typename Of>
    std::unique_ptr<ArrayNode> column(const std::string& name) const {
        using T = value_at_t<Of>;
        if constexpr (is_optional<T>) {
            return nullable<Of>(name);
        } else {
            auto node = std::make_unique<ArrayNode>();
            node->length = static_cast<std::int64_t>(rows_.size());
            if constexpr (not requires { Type<T>::family; })
                each_field<Of>([&]<typename Field>(const std::string& field) { node->children.add(publish(column<Field>(name + "." + field))); });
            else if constexpr (Type<T>::family == Family::boolean) put_bits<Of>(*node);
            else if constexpr (not requires { Type<T>::large_format; }) put_values<Of>(*node, name);
            else if (options_.large_strings) put_bytes<Of, std::int64_t>(*node, name);
            else put_bytes<Of, std::int32_t>(*node, name);
            return node;
        }
    }

    template <typename Of>
    std::unique_ptr<ArrayNode> nullable(const std::string& name) const {
        Bits valid(rows_.size());
        std::int64_t nulls = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const bool is = InsideOf<Of>::at(rows_[i]) != nullptr;
            valid.set(i, is);
            nulls += is ? 0 : 1;
        }
        auto node = column<InsideOf<Of>>(name);
        node->null_count = nulls;
        if (nulls != 0) node->put(0, std::move(valid).take());
        return node;
    }

    template <typename Of>
    void put_bits(ArrayNode& node) const {
        Bits bits(rows_.size());
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const bool* value = Of::at(rows_[i]);
            bits.set(i, value != nullptr && *value);
        }
        node.put(1, std::move(bits).take());
    }

    template <typename Of>
    void put_values(ArrayNode& node, const std::string& name) const {
        using T = Type<value_at_t<Of>>;
        using Stored = typename T::Stored;
        Room<Stored> values(rows_.size());
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const auto* value = Of::at(rows_[i]);
            Stored stored{};
            if (value != nullptr && not T::store(*value, stored)) fail(name, i, "the time is out of the range that the column can hold");
            values[i] = stored;
        }
        node.put(1, std::move(values).take());
    }

    template <typename Of, typename Offset>
    void put_bytes(ArrayNode& node, const std::string& name) const {
        Room<Offset> offsets(rows_.size() + 1);
        std::size_t size = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            offsets[i] = static_cast<Offset>(size);
            if (const auto* value = Of::at(rows_[i])) size += value->size();
            if (size > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
                fail(name, i, "more than 2 GiB in one batch: take fewer rows_per_batch, or BatchOptions::large_strings");
        }
        offsets[rows_.size()] = static_cast<Offset>(size);
        Room<char> bytes(size);
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (const auto* value = Of::at(rows_[i]); value != nullptr && value->size() != 0) // a pointer to nothing may be null
                std::memcpy(bytes.data() + offsets[i], value->data(), value->size());
        if constexpr (Type<value_at_t<Of>>::family == Family::text)
            if (options_.check_utf8) check(name, std::string_view(bytes.data(), size), offsets);
        node.put(1, std::move(offsets).take());
        node.put(2, std::move(bytes).take());
    }
    template <typename Offset>
    void check(const std::string& name, std::string_view all, const Room<Offset>& offsets) const {
        unsigned char seen = 0;
        for (const char c : all) seen = static_cast<unsigned char>(seen | static_cast<unsigned char>(c));
        if (seen < 0x80) return;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const auto from = static_cast<std::size_t>(offsets[i]);
            if (not weir::detail::is_utf8(all.substr(from, static_cast<std::size_t>(offsets[i + 1]) - from)))
                fail(name, i, "the text is not UTF-8 (BatchOptions::check_utf8 = false lets any bytes pass)");
        }
    }

    [[noreturn]] void fail(const std::string& name, std::size_t i, std::string reason) const {
        throw Error({.reason = std::move(reason), .column = name, .row = before_ + i + 1});
    }

    std::span<const Row> rows_;
    const BatchOptions& options_;
    std::uint64_t before_;
};

} // namespace detail
} // namespace weir::arrow
