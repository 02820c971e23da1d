// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/abi.hpp>
#include <weir/connect/arrow/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::arrow {

/// Owns an ArrowSchema, ArrowArray or ArrowArrayStream, and releases it once. Movable.
template <typename T>
class Owner {
public:
    Owner() = default;
    /// Moves it out of `from`, which is then marked as released, as the interface has it. One that was released already is an Error.
    explicit Owner(T* from) {
        if (from == nullptr || from->release == nullptr) throw Error({.reason = "it was released, or moved away, before"});
        value_ = *from;
        from->release = nullptr;
    }
    Owner(Owner&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
    Owner& operator=(Owner&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Owner() {
        if (value_.release != nullptr) value_.release(&value_);
    }

    /// Whether there is something: not moved away, by us or through get().
    [[nodiscard]] explicit operator bool() const noexcept { return value_.release != nullptr; }
    [[nodiscard]] T* get() noexcept { return &value_; }
    [[nodiscard]] const T& operator*() const noexcept { return value_; }
    [[nodiscard]] const T* operator->() const noexcept { return &value_; }
    /// Hands it to whoever `to` belongs to; what stood there is overwritten.
    void move_to(T* to) && noexcept { *to = std::exchange(value_, T{}); }

private:
    T value_{};
};

namespace detail {

/// What children have in common. A consumer may move some of them away before it releases the rest.
template <typename T>
class Children {
public:
    void add(Owner<T> child) { owners_.push_back(std::move(child)); }
    void publish(T& parent) {
        pointers_.reserve(owners_.size());
        for (Owner<T>& owner : owners_) pointers_.push_back(owner.get());
        parent.n_children = static_cast<std::int64_t>(pointers_.size());
        parent.children = pointers_.data();
    }

private:
    std::vector<Owner<T>> owners_;
    std::vector<T*> pointers_;
};

template <typename Node, typename T>
void release_node(T* published) noexcept {
    delete static_cast<Node*>(published->private_data);
    published->private_data = nullptr; // a second call does nothing
    published->release = nullptr;
}

/// What an exported ArrowSchema points to.
struct SchemaNode {
    std::string format;
    std::string name;
    std::string metadata{};
    Children<ArrowSchema> children{};
    Owner<ArrowSchema> dictionary{};
};

inline Owner<ArrowSchema> publish(std::unique_ptr<SchemaNode> node, std::int64_t flags) {
    ArrowSchema schema{};
    node->children.publish(schema);
    schema.format = node->format.c_str();
    schema.name = node->name.c_str();
    schema.metadata = node->metadata.empty() ? nullptr : node->metadata.c_str();
    schema.flags = flags;
    schema.dictionary = node->dictionary ? node->dictionary.get() : nullptr;
    schema.release = &release_node<SchemaNode, ArrowSchema>;
    schema.private_data = node.release();
    return Owner<ArrowSchema>(&schema);
}

/// Metadata is a number of keys and values, each with its length in front.
inline std::string copy_metadata(const char* bytes) {
    if (bytes == nullptr) return {};
    const auto number = [bytes](std::size_t at) {
        std::int32_t n = 0;
        std::memcpy(&n, bytes + at, sizeof n);
        return n;
    };
    std::size_t size = sizeof(std::int32_t);
    for (std::int64_t i = 0; i < 2 * std::int64_t{number(0)}; ++i) size += sizeof(std::int32_t) + static_cast<std::size_t>(number(size));
    return {bytes, size};
}

inline std::string_view name_of(const ArrowSchema& schema) noexcept { return schema.name == nullptr ? "" : schema.name; }

inline Owner<ArrowSchema> copy(const ArrowSchema& schema) {
    auto node = std::make_unique<SchemaNode>(schema.format, std::string(name_of(schema)), copy_metadata(schema.metadata));
    for (std::int64_t i = 0; i < schema.n_children; ++i) node->children.add(copy(*schema.children[i]));
    if (schema.dictionary != nullptr) node->dictionary = copy(*schema.dictionary);
    return publish(std::move(node), schema.flags);
}

} // namespace detail
} // namespace weir::arrow
