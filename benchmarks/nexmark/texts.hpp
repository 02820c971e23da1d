// SPDX-License-Identifier: BSL-1.0
// The texts of generated events, made once from a seed: then an event is numbers and places in these tables.
#pragma once
#include "nexmark/model.hpp"

#include <weir/testing/random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nexmark {

inline constexpr std::array<Text, 6> states{"AZ", "CA", "ID", "OR", "WA", "WY"};
inline constexpr std::array<Text, 10> cities{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
                                             "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
inline constexpr std::array<Text, 11> first_names{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"};
inline constexpr std::array<Text, 9> last_names{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"};
inline constexpr std::array<Text, 4> hot_channels{"Google", "Facebook", "Baidu", "Apple"};

template <typename Table>
auto any_of(const Table& table, weir::Random& random) {
    return table[static_cast<std::size_t>(random.below(table.size()))];
}

class Texts {
public:
    static constexpr std::size_t channel_count = 10'000;

    explicit Texts(std::uint64_t seed) {
        weir::Random random(~seed);
        for (const Text first : first_names)
            for (const Text last : last_names) names_.push_back(std::string(first) + " " + std::string(last));
        for (std::size_t i = 0; i < 10'000; ++i) {
            emails_.push_back(word(random, 7, ' ') + "@");
            emails_.back() += word(random, 5, ' ') + ".com";
            cards_.push_back(digits(random));
            items_.push_back(word(random, 20, ' '));
            descriptions_.push_back(word(random, 100, ' '));
        }
        for (std::size_t i = 0; i < hot_channels.size(); ++i) hot_urls_.push_back(url(random));
        for (std::size_t i = 0; i < channel_count; ++i) {
            channels_.push_back("channel-" + std::to_string(i));
            urls_.push_back(url(random));
            if (not random.one_in(10)) urls_.back() += "&channel_id=" + std::to_string(channel_id(static_cast<std::uint32_t>(i)));
        }
        for (std::size_t i = 0; i < 256 * 1024; ++i) letters_ += static_cast<char>('a' + random.below(26));
    }
    Texts(const Texts&) = delete;
    Texts& operator=(const Texts&) = delete;

    [[nodiscard]] Text name(weir::Random& random) const { return pick(names_, random); }
    [[nodiscard]] Text email(weir::Random& random) const { return pick(emails_, random); }
    [[nodiscard]] Text card(weir::Random& random) const { return pick(cards_, random); }
    [[nodiscard]] Text item(weir::Random& random) const { return pick(items_, random); }
    [[nodiscard]] Text description(weir::Random& random) const { return pick(descriptions_, random); }

    struct Channel {
        Text name;
        Text url;
    };
    /// Half of the bids come through four channels, the others through ten thousand.
    [[nodiscard]] Channel channel(weir::Random& random) const {
        if (not random.one_in(2)) {
            const auto i = static_cast<std::size_t>(random.below(hot_channels.size()));
            return {hot_channels[i], hot_urls_[i]};
        }
        const auto i = static_cast<std::size_t>(random.below(channel_count));
        return {channels_[i], urls_[i]};
    }
    /// What fills an event that has `size` bytes up to `wanted`, give or take a fifth of it.
    [[nodiscard]] Text filling(weir::Random& random, std::size_t size, std::size_t wanted) const {
        if (size > wanted) return {};
        const std::size_t missing = wanted - size;
        const std::size_t fifth = (missing + 2) / 5;
        const std::size_t length = missing - fifth + static_cast<std::size_t>(random.below(2 * fifth));
        return Text(letters_).substr(static_cast<std::size_t>(random.below(letters_.size() - length)), length);
    }

private:
    static Text pick(const std::vector<std::string>& table, weir::Random& random) { return table[static_cast<std::size_t>(random.below(table.size()))]; }

    /// From 3 letters to one less than `limit`; one in 13 is `special`.
    static std::string word(weir::Random& random, std::size_t limit, char special) {
        std::string text;
        for (std::uint64_t left = 3 + random.below(limit - 3); left > 0; --left)
            text += random.one_in(13) ? special : static_cast<char>('a' + random.below(26));
        const std::size_t begin = text.find_first_not_of(' ');
        return begin == text.npos ? std::string() : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
    }
    static std::string digits(weir::Random& random) {
        std::string text;
        for (int group = 0; group < 4; ++group) {
            if (group > 0) text += ' ';
            for (int digit = 0; digit < 4; ++digit) text += static_cast<char>('0' + random.below(10));
        }
        return text;
    }
    static std::string url(weir::Random& random) {
        std::string text = "https://www.nexmark.com/";
        for (int i = 0; i < 3; ++i) text += word(random, 5, '_') + '/';
        return text + "item.htm?query=1";
    }
    /// The number with its 32 bits turned round, without a sign.
    static std::int64_t channel_id(std::uint32_t i) {
        std::uint32_t turned = 0;
        for (int bit = 0; bit < 32; ++bit) turned |= (i >> bit & 1U) << (31 - bit);
        const auto number = static_cast<std::int64_t>(turned);
        return number < (std::int64_t{1} << 31) ? number : (std::int64_t{1} << 32) - number;
    }

    std::vector<std::string> names_, emails_, cards_, items_, descriptions_, hot_urls_, channels_, urls_;
    std::string letters_;
};

} // namespace nexmark
