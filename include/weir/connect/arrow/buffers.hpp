// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/owner.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace weir::arrow::detail {

inline constexpr std::size_t alignment = 64; // what the format recommends

struct FreeAligned {
    void operator()(void* bytes) const noexcept { ::operator delete(bytes, std::align_val_t(alignment)); }
};
using Bytes = std::unique_ptr<void, FreeAligned>;

/// Room for n values of T, not yet written: never no room at all, as not every consumer takes a null pointer for that.
template <typename T>
class Room {
public:
    explicit Room(std::size_t n) : bytes_(::operator new(std::max<std::size_t>(n * sizeof(T), 1), std::align_val_t(alignment))) {}
    [[nodiscard]] T* data() const noexcept { return static_cast<T*>(bytes_.get()); }
    [[nodiscard]] T& operator[](std::size_t i) const noexcept { return data()[i]; }
    [[nodiscard]] Bytes take() && noexcept { return std::move(bytes_); }

private:
    Bytes bytes_;
};

/// A bit for each of n values, at first all 0.
class Bits {
public:
    explicit Bits(std::size_t n) : bytes_((n + 7) / 8) { std::fill_n(bytes_.data(), (n + 7) / 8, std::uint8_t{0}); }
    void set(std::size_t i, bool yes) const noexcept { bytes_[i / 8] = static_cast<std::uint8_t>(bytes_[i / 8] | (yes ? 1U : 0U) << i % 8); }
    [[nodiscard]] Bytes take() && noexcept { return std::move(bytes_).take(); }

private:
    Room<std::uint8_t> bytes_;
};

/// What an exported ArrowArray points to.
struct ArrayNode {
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::size_t buffers = 1;                ///< the bitmap, which may be missing, and those behind it
    std::array<Bytes, 3> rooms{};
    std::array<const void*, 3> pointers{};
    Children<ArrowArray> children{};

    void put(std::size_t which, Bytes bytes) noexcept {
        rooms[which] = std::move(bytes);
        pointers[which] = rooms[which].get();
        buffers = std::max(buffers, which + 1);
    }
};

inline Owner<ArrowArray> publish(std::unique_ptr<ArrayNode> node) {
    ArrowArray array{};
    node->children.publish(array);
    array.length = node->length;
    array.null_count = node->null_count;
    array.n_buffers = static_cast<std::int64_t>(node->buffers);
    array.buffers = node->pointers.data();
    array.release = &release_node<ArrayNode, ArrowArray>;
    array.private_data = node.release();
    return Owner<ArrowArray>(&array);
}

} // namespace weir::arrow::detail
