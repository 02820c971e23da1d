// SPDX-License-Identifier: BSL-1.0
#include "fuzz/input.hpp"

#include <weir/connect/zlib.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// The text, and the error that it ended with.
std::pair<std::string, std::string> read(std::string_view data, std::size_t piece, std::size_t asked) {
    const fuzz::OneText text(data, piece);
    const auto files = weir::zlib::files({.files = &text});
    std::string all, buffer(asked, '\0');
    try {
        const auto file = files.open("text");
        while (const std::size_t n = file->read(buffer)) {
            all.append(buffer, 0, n);
            if (all.size() > 1 << 20) return {}; // a bomb
        }
    } catch (const weir::FileError& error) {
        return {all, error.code().message()};
    }
    return {all, {}};
}

} // namespace

/// A file that may be compressed gives the same text, or error, however it is read.
void fuzz::zlib(std::string_view bytes) {
    const auto whole = read(bytes, bytes.size() + 1, 10'000), pieces = read(bytes, 3, 7);
    must(whole.second == pieces.second, "the error is the same, whatever the reads are");
    must(whole.second.empty() ? whole.first == pieces.first : whole.first.starts_with(pieces.first) || pieces.first.starts_with(whole.first), "the text too");
}
