// SPDX-License-Identifier: BSL-1.0
// CSV of two texts as chance has it, and its rows.
#pragma once
#include <weir/core/fields.hpp>

#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace csv_test {

struct Texts {
    std::string a{};
    std::optional<std::string> b{};
    static constexpr auto fields() { return weir::fields("a", &Texts::a, "b", &Texts::b); }
    friend bool operator==(const Texts&, const Texts&) = default;
};
using Rows = std::vector<Texts>;

/// Records of two fields with everything in them that may be.
inline std::string random_text(std::mt19937& random, std::size_t records) {
    std::string text = "a,b\n";
    const auto number = [&random](unsigned n) { return static_cast<unsigned>(random()) % n; };
    for (std::size_t i = 0; i < records; ++i) {
        for (int field = 0; field < 2; ++field) {
            const bool quoted = number(2) == 0;
            const unsigned length = number(8) == 0 ? number(200) : number(9);
            std::string value;
            for (unsigned k = 0; k < length; ++k) {
                const char c = "abc,\n\r\" "[number(quoted ? 8 : 3)];
                value += c;
                if (c == '"') value += c;
            }
            text += quoted ? '"' + value + '"' : value;
            text += field == 0 ? "," : number(2) == 0 ? "\n" : "\r\n";
        }
    }
    if (number(2) == 0) text.pop_back();
    return text;
}

} // namespace csv_test
