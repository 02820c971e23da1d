// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::detail {

/// Takes off what stands around the texts of fields. Those with quotes in them are kept here, until the next begin().
template <typename Texts = std::string> // a template, so that it costs only those who read CSV
class CsvTexts {
    static constexpr std::size_t room = 8; // before what numbers are read from

public:
    CsvTexts(char quote, bool trims) noexcept : quote_(quote), trims_(trims) {}

    /// As many characters at most come from now on: what is kept never moves.
    void begin(std::size_t most) {
        if (most + room > kept_.capacity()) kept_.reserve(most + room);
        kept_.assign(room, ' ');
    }
    /// Takes blanks and quotes off; false where the quotes are not right.
    WEIR_INLINE bool plain(std::string_view& text, bool& quoted) {
        if (trims_) trim(text);
        if (text.empty() || text.front() != quote_ || quote_ == '\0') [[likely]]
            return true;
        quoted = true;
        return unquote(text);
    }

private:
    static void trim(std::string_view& text) noexcept {
        const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
        while (not text.empty() && is_blank(text.front())) text.remove_prefix(1);
        while (not text.empty() && is_blank(text.back())) text.remove_suffix(1);
    }
    bool unquote(std::string_view& text) {
        if (text.size() < 2 || text.back() != quote_) return false;
        const std::string_view inside = text.substr(1, text.size() - 2);
        std::size_t quote = inside.find(quote_);
        if (quote == inside.npos) {
            text = inside;
            return true;
        }
        const std::size_t before = kept_.size();
        for (std::size_t from = 0;; quote = inside.find(quote_, from)) {
            if (quote == inside.npos) {
                kept_.append(inside.substr(from));
                text = std::string_view(kept_).substr(before);
                return true;
            }
            if (quote + 1 == inside.size() || inside[quote + 1] != quote_) return false;
            kept_.append(inside.substr(from, quote + 1 - from));
            from = quote + 2;
        }
    }

    Texts kept_{};
    char quote_;
    bool trims_;
};

} // namespace weir::detail
