// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/short_text.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::detail {

/// Which rows of a table some texts probably have: found by a sample of the text in half the time in which the table guesses from its hash.
/// For tables of so many keys that this is in the caches with them, as long as it is right for most. Whether it is right is for others to see.
///     Table: a template, so that it costs only those who have text keys.
template <typename Table>
class TextGuesses {
    static constexpr std::size_t most_keys = 4096;
    static constexpr std::size_t places_for_key = 16; // so that few keys meet: of those half the guesses are wrong

public:
    /// For a table as it is now; false: its own guesses are better.
    bool begin(const Table& table) {
        const std::size_t room = table.size() + table.vacancies();
        if (room != room_) fit(room);
        return not numbers_.empty();
    }
    [[nodiscard]] WEIR_INLINE std::uint32_t place(std::string_view key) const noexcept { return static_cast<std::uint32_t>(text_sample(key) >> shift_); }
    [[nodiscard]] WEIR_INLINE std::uint32_t operator[](std::uint32_t place) const noexcept { return numbers_.data()[place]; }
    /// n events have gone to these rows.
    void learn(const std::uint32_t* places, const std::uint32_t* rows, std::size_t n) noexcept {
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < n; ++i) {
            std::uint16_t& number = numbers_.data()[places[i]];
            wrong += number != rows[i];
            number = static_cast<std::uint16_t>(rows[i]);
        }
        events_ += n;
        wrong_ += wrong;
        if (events_ < 8 * room_) return;
        if (wrong_ > events_ / 4) numbers_.clear(); // until the table grows
        events_ = wrong_ = 0;
    }

private:
    void fit(std::size_t room) {
        room_ = room;
        events_ = wrong_ = 0;
        numbers_.clear();
        if (room == 0 || room > most_keys) return;
        const std::size_t places = std::bit_ceil(room) * places_for_key;
        numbers_.resize(places);
        shift_ = 64U - static_cast<unsigned>(std::countr_zero(places));
    }

    std::vector<std::uint16_t> numbers_;
    std::size_t room_ = 0;
    std::size_t events_ = 0; // seen since the last look at how many were
    std::size_t wrong_ = 0;
    unsigned shift_ = 0;
};

/// For keys that are no texts.
struct NoGuesses {};

/// What guesses rows of a store that says which guesses were wrong.
template <typename Store, typename Shown>
struct GuessesOf {
    using type = NoGuesses;
};
template <typename Store, typename Shown>
    requires Store::corrects_guesses && StandardText<typename Store::key_type> && StandardText<std::remove_cvref_t<Shown>>
struct GuessesOf<Store, Shown> {
    using type = TextGuesses<typename Store::Rows>;
};

} // namespace weir::detail
