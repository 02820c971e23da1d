// SPDX-License-Identifier: BSL-1.0
// Any bytes as a file that may be compressed: the same text, or error, however it is read.
#include <weir/connect/zlib.hpp>

#include "fuzz/memory_files.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

std::pair<std::string, std::string> read(std::string_view data, std::size_t piece, std::size_t asked) {
    const fuzz::MemoryFiles memory(data, piece);
    const auto files = weir::zlib::files({.files = &memory});
    std::string all, buffer(asked, '\0');
    try {
        const auto file = files.open("file");
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

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto whole = read(text, size + 1, 10'000);
    const auto pieces = read(text, 3, 7);
    fuzz::check(whole.second == pieces.second, "reads make no difference for the error");
    fuzz::check(whole.second.empty() ? whole.first == pieces.first : whole.first.starts_with(pieces.first) || pieces.first.starts_with(whole.first), "reads make no difference for the text");
    return 0;
}
