// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace fuzz {

/// One file in memory, whatever its name, whose reads give at most `piece` bytes.
class MemoryFiles final : public weir::Files {
public:
    MemoryFiles(std::string_view content, std::size_t piece) : content_(content), piece_(piece) {}
    std::unique_ptr<weir::InFile> open(const std::string&) const override { return std::make_unique<In>(content_, piece_); }
    std::unique_ptr<weir::OutFile> create(const std::string& path) const override {
        throw weir::FileError("cannot create", path, std::make_error_code(std::errc::read_only_file_system));
    }

private:
    struct In final : weir::InFile {
        In(std::string_view c, std::size_t p) : content(c), piece(p) {}
        std::size_t read(std::span<char> into) override {
            const std::size_t n = std::min({into.size(), piece, content.size() - at});
            std::copy_n(content.data() + at, n, into.data());
            at += n;
            return n;
        }
        void seek(std::uint64_t byte) override { at = std::min<std::size_t>(content.size(), static_cast<std::size_t>(byte)); }
        std::optional<std::uint64_t> size() const override { return content.size(); }
        std::string_view content;
        std::size_t piece;
        std::size_t at = 0;
    };
    std::string_view content_;
    std::size_t piece_;
};

inline void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

} // namespace fuzz
