// SPDX-License-Identifier: BSL-1.0
// What the fuzzed functions share. Each takes bytes that somebody else chose, and ends the program where a law does not hold.
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fuzz {

/// Not assert: it must hold in every build.
inline void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// The bytes, from the front: choices first, then the text.
class Input {
public:
    explicit Input(std::string_view bytes) : left_(bytes) {}
    /// One of n.
    std::size_t choose(std::size_t n) {
        if (left_.empty()) return 0;
        const auto byte = static_cast<unsigned char>(left_.front());
        left_.remove_prefix(1);
        return byte % n;
    }
    char choose(std::string_view from) { return from[choose(from.size())]; }
    [[nodiscard]] std::string_view rest() const noexcept { return left_; }

private:
    std::string_view left_;
};

/// Every path is a file with this text, read at most `piece` bytes at a time; where that is an even number, anywhere.
class OneText final : public weir::Files {
public:
    explicit OneText(std::string_view text, std::size_t piece) : text_(text), piece_(piece) {}
    std::unique_ptr<weir::InFile> open(const std::string&) const override { return std::make_unique<In>(text_, piece_); }
    std::unique_ptr<weir::OutFile> create(const std::string&) const override { std::abort(); }

private:
    struct In final : weir::InFile {
        In(std::string_view t, std::size_t p) : text(t), piece(p) {}
        std::size_t read(std::span<char> into) override {
            const std::size_t n = std::min({into.size(), piece, text.size() - at});
            if (n != 0) std::memcpy(into.data(), text.data() + at, n);
            at += n;
            return n;
        }
        void seek(std::uint64_t byte) override { at = std::min<std::size_t>(static_cast<std::size_t>(byte), text.size()); }
        std::optional<std::uint64_t> size() const override { return piece % 2 == 0 ? std::optional<std::uint64_t>(text.size()) : std::nullopt; }
        std::optional<std::size_t> read_at(std::uint64_t byte, std::span<char> into) const override {
            if (piece % 2 != 0) return std::nullopt;
            const std::size_t n = std::min({into.size(), piece, text.size() - std::min<std::size_t>(static_cast<std::size_t>(byte), text.size())});
            if (n != 0) std::memcpy(into.data(), text.data() + byte, n);
            return n;
        }
        std::string_view text;
        std::size_t piece;
        std::size_t at = 0;
    };
    std::string_view text_;
    std::size_t piece_;
};

/// The rows of a source, and the texts and places of bad ones. text_of(row)
template <typename Source, typename TextOf>
std::string all_of(Source& source, const TextOf& text_of) {
    std::string all;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
        for (const auto& read : batch) {
            if (read.error) all += to_string(read.place.position()) + ' ' + read.text;
            else all += text_of(read.row);
            all += '\n';
        }
    return all;
}

void csv(std::string_view bytes);
void json(std::string_view bytes);
void numbers(std::string_view bytes);
void times(std::string_view bytes);
void zlib(std::string_view bytes);

} // namespace fuzz
