// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace weir::detail {

/// Strings to be given as a span, a few at a time; their memory is used again by those that come next.
template <typename String = std::string> // a template, so that it costs only those who use it
class OwnedTexts {
public:
    void add(std::string_view text) {
        if (size_ < strings_.size()) strings_.all()[size_].assign(text);
        else strings_.emplace(text);
        bytes_ += strings_.all()[size_++].capacity();
    }
    [[nodiscard]] bool is_full() const noexcept { return size_ == most || bytes_ >= most_bytes; }
    [[nodiscard]] std::span<String> all() noexcept { return strings_.all().first(size_); }
    void clear() noexcept {
        // Long ones: kept, their room would make all that come later full of a few short texts.
        if (bytes_ > 2 * most_bytes || (is_full() && size_ < most / 8)) strings_.free();
        size_ = bytes_ = 0;
    }
    void free() noexcept {
        strings_.free();
        size_ = bytes_ = 0;
    }

private:
    static constexpr std::size_t most = 512;
    static constexpr std::size_t most_bytes = 65'536;
    Buffer<String> strings_;
    std::size_t size_ = 0; // in use
    std::size_t bytes_ = 0;
};

} // namespace weir::detail
