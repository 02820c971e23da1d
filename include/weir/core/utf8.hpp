// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::detail {

/// How many bytes the character has that begins at i, as RFC 3629 has it: shortest forms, no surrogates, nothing above U+10FFFF. 0: none does.
inline std::size_t utf8_size(std::string_view text, std::size_t i) noexcept {
    const auto byte = [text](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(text[at])); };
    const unsigned first = byte(i);
    if (first < 0x80) return 1;
    const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || text.size() - i <= more) return 0;
    const unsigned second = byte(i + 1);
    const unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return 0;
    for (std::size_t k = 2; k <= more; ++k)
        if ((byte(i + k) & 0xc0) != 0x80) return 0;
    return more + 1;
}

inline bool is_utf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        if (text.size() - i >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + i, sizeof word);
            if ((word & 0x8080808080808080) == 0) {
                i += 8;
                continue;
            }
        }
        const std::size_t size = utf8_size(text, i);
        if (size == 0) return false;
        i += size;
    }
    return true;
}

} // namespace weir::detail
