// SPDX-License-Identifier: BSL-1.0
// What the tests of component arrow share: columns written down byte by byte, as another producer might, and each release counted.
#pragma once
#include <weir/connect/arrow.hpp>

#include "catch.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace arrow_test {

/// How many structs were handed out, and how many of them were released.
struct Count {
    int made = 0;
    int released = 0;
};

/// A column: its buffers as bytes, a null pointer where there is none.
struct Made {
    std::string format;
    std::string name{};
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::int64_t offset = 0;
    std::vector<std::optional<std::string>> buffers{};
    std::vector<Made> children{};
    std::vector<Made> dictionary{}; // none or one
};

template <typename T>
std::string bytes(const std::vector<T>& values) {
    std::string all(values.size() * sizeof(T), '\0');
    if (not values.empty()) std::memcpy(all.data(), values.data(), all.size());
    return all;
}
/// bits("101"): bit 0 is the first.
inline std::string bits(const std::string& digits) {
    std::string all((digits.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < digits.size(); ++i)
        if (digits[i] == '1') all[i / 8] = static_cast<char>(all[i / 8] | 1 << i % 8);
    return all;
}
template <typename T>
Made numbers(const std::string& format, const std::string& name, const std::vector<T>& values, std::optional<std::string> valid = {}) {
    return {.format = format, .name = name, .length = static_cast<std::int64_t>(values.size()), .null_count = valid ? -1 : 0,
            .buffers = {valid ? std::optional(bits(*valid)) : std::nullopt, bytes(values)}};
}
/// u or U.
inline Made texts(const std::string& format, const std::string& name, const std::vector<std::string>& values, std::optional<std::string> valid = {}) {
    std::vector<std::int32_t> ends{0};
    std::string all;
    for (const std::string& value : values) ends.push_back(static_cast<std::int32_t>((all += value).size()));
    const std::vector<std::int64_t> wide(ends.begin(), ends.end());
    return {.format = format, .name = name, .length = static_cast<std::int64_t>(values.size()), .null_count = valid ? -1 : 0,
            .buffers = {valid ? std::optional(bits(*valid)) : std::nullopt, format == "U" ? bytes(wide) : bytes(ends), all}};
}
inline Made batch(std::vector<Made> columns) {
    const std::int64_t length = columns.empty() ? 0 : columns.front().length;
    return {.format = "+s", .length = length, .buffers = {std::nullopt}, .children = std::move(columns)};
}

/// Everything that a released struct must keep until then.
template <typename T>
struct Node {
    Count& count;
    std::string format{}, name{};
    std::vector<std::unique_ptr<char[]>> kept{}; // exactly as long as they are, for the sanitizer
    std::vector<const void*> buffers{};
    std::vector<T> children{};
    std::vector<T*> pointers{};
    std::vector<T> dictionary{};

    void publish(T& to) {
        for (T& child : children) pointers.push_back(&child);
        to.n_children = static_cast<std::int64_t>(pointers.size());
        to.children = pointers.data();
        to.dictionary = dictionary.empty() ? nullptr : dictionary.data();
        to.private_data = this;
        to.release = [](T* published) {
            auto* node = static_cast<Node*>(published->private_data);
            for (auto* all : {&node->children, &node->dictionary})
                for (T& child : *all)
                    if (child.release != nullptr) child.release(&child);
            ++node->count.released;
            delete node;
            published->release = nullptr;
        };
        ++count.made;
    }
};

inline ArrowSchema schema_of(const Made& made, Count& count) {
    auto* node = new Node<ArrowSchema>{count, made.format, made.name};
    for (const Made& child : made.children) node->children.push_back(schema_of(child, count));
    for (const Made& values : made.dictionary) node->dictionary.push_back(schema_of(values, count));
    ArrowSchema schema{};
    schema.format = node->format.c_str();
    schema.name = node->name.c_str();
    schema.flags = ARROW_FLAG_NULLABLE;
    node->publish(schema);
    return schema;
}
inline ArrowArray array_of(const Made& made, Count& count) {
    auto* node = new Node<ArrowArray>{count};
    for (const auto& buffer : made.buffers) {
        node->kept.push_back(buffer ? std::make_unique<char[]>(buffer->size()) : nullptr);
        if (buffer && not buffer->empty()) std::memcpy(node->kept.back().get(), buffer->data(), buffer->size());
        node->buffers.push_back(node->kept.back().get());
    }
    for (const Made& child : made.children) node->children.push_back(array_of(child, count));
    for (const Made& values : made.dictionary) node->dictionary.push_back(array_of(values, count));
    ArrowArray array{};
    array.length = made.length;
    array.null_count = made.null_count;
    array.offset = made.offset;
    array.n_buffers = static_cast<std::int64_t>(node->buffers.size());
    array.buffers = node->buffers.data();
    node->publish(array);
    return array;
}

/// A stream of such batches, all of the first one's schema; with an error it fails behind them. It counts as one struct more.
class MadeStream {
public:
    MadeStream(std::vector<Made> batches, Count& count, std::string error = {}) {
        auto* node = new Script{count, std::move(batches), std::move(error)};
        stream_.private_data = node;
        stream_.get_schema = [](ArrowArrayStream* from, ArrowSchema* out) {
            const Script& script = script_of(from);
            *out = schema_of(script.batches.front(), script.count);
            return 0;
        };
        stream_.get_next = [](ArrowArrayStream* from, ArrowArray* out) {
            Script& script = script_of(from);
            *out = ArrowArray{};
            if (script.next < script.batches.size()) *out = array_of(script.batches[script.next++], script.count);
            else if (not script.error.empty()) return 5;
            return 0;
        };
        stream_.get_last_error = [](ArrowArrayStream* from) { return script_of(from).error.c_str(); };
        stream_.release = [](ArrowArrayStream* published) {
            ++script_of(published).count.released;
            delete static_cast<Script*>(published->private_data);
            published->release = nullptr;
        };
        ++count.made;
    }
    ArrowArrayStream* get() { return &stream_; }

private:
    struct Script {
        Count& count;
        std::vector<Made> batches;
        std::string error;
        std::size_t next = 0;
    };
    static Script& script_of(ArrowArrayStream* stream) { return *static_cast<Script*>(stream->private_data); }
    ArrowArrayStream stream_{};
};

} // namespace arrow_test
