// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/sort_keys.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

/// The order of rows that are texts and lie packed, by what a projection of strings gives for them: a number, or text.
template <typename Proj, typename Less>
class TextKeys {
    using Keys = SortKeys<std::string, Proj, Less>;

public:
    using Row = std::string_view;
    using Key = typename Keys::Key;
    static constexpr bool by_digits = Keys::by_digits;
    static constexpr bool by_text = Keys::by_text;
    static constexpr bool falls = Keys::falls;
    static constexpr bool made = false;

    TextKeys(Proj by, Less less) : keys_(std::move(by), std::move(less)) {}

    [[nodiscard]] std::uint64_t bits(Row row) {
        std::string& as_string = strings_.front();
        as_string.assign(row);
        if constexpr (by_text) {
            const std::string_view key = keys_(as_string);
            are_whole_ = are_whole_ && key.data() == as_string.data() && key.size() == as_string.size();
            return falls ? ~text_bits(key) : text_bits(key);
        } else {
            return keys_.bits(as_string);
        }
    }
    /// By text: that of a row that bits() was asked for, valid until it is called twice more.
    [[nodiscard]] std::string_view operator()(Row row) {
        if (are_whole_) return row;
        std::string& as_string = strings_[++turn_ % 2];
        as_string.assign(row);
        return keys_(as_string);
    }
    /// The same of two.
    [[nodiscard]] bool before(Row a, Row b) {
        if constexpr (by_digits) return bits(a) < bits(b);
        else {
            const int compared = (*this)(a).compare((*this)(b));
            return falls ? compared > 0 : compared < 0;
        }
    }
    /// Rows of another come to these.
    void join(const TextKeys& other) noexcept { are_whole_ = are_whole_ && other.are_whole_; }

private:
    WEIR_NO_UNIQUE_ADDRESS Keys keys_;
    bool are_whole_ = true; // all keys so far: the rows themselves
    std::size_t turn_ = 0;
    std::array<std::string, 2> strings_; // a projection looks at
};

} // namespace weir::detail
