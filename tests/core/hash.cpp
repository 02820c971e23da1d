// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/hash.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// The numbers in this file were computed by a program of its own, in another language, from the text above stable_hash.

using weir::stable_hash;

namespace {

struct Flight {
    std::string carrier;
    std::int32_t delay = 0;
    int scratch = 0; // not a field: no part of the hash
    static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay); }
};

struct Word { // the same word in any case
    std::string text;
    friend bool operator==(const Word& a, const Word& b) { return lower(a) == lower(b); }
    static std::string lower(const Word& word) {
        std::string text = word.text;
        for (char& c : text)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        return text;
    }
};

struct Place { // one place by its fields, whatever its == says
    double x = 0;
    int scratch = 0;
    friend bool operator==(const Place&, const Place&) = default;
    static constexpr auto fields() { return weir::fields("x", &Place::x); }
};

struct Unknown {
    int x;
};
enum class Colour : char { red = 1, grey = static_cast<char>(0xe9) };

} // namespace

template <>
struct weir::Hash<Word> {
    static std::uint64_t of(const Word& word) { return stable_hash(Word::lower(word)); }
};

TEST_CASE("stable_hash is the number that its specification says") {
    static_assert(stable_hash(42) == 0xbdd732262feb6e95u);
    static_assert(stable_hash(0) == 0xe220a8397b1dcdafu);
    static_assert(stable_hash(-1) == 0xe4d971771b652c20u);
    static_assert(stable_hash(1.5) == 0xd6dab18e1392608au);
    static_assert(stable_hash("JFK") == 0xf9dd0ec35b7cfbe8u);
    static_assert(stable_hash(std::pair<int, std::string_view>(1, "two")) == 0xd44d558adf2b9026u);
    static_assert(stable_hash(std::optional<int>()) == 0xe220a8397b1dcdafu);
    static_assert(stable_hash(std::optional<int>(7)) == 0xb214863a2ffcbdd2u);
    static_assert(stable_hash(std::array{1, 2, 3}) == 0x81ac534d3de7809au);
    CHECK(stable_hash(std::vector<long>{1, 2, 3}) == 0x81ac534d3de7809au);
    CHECK(stable_hash(std::vector<std::vector<int>>{{1}, {}}) == 0xd41e87a6a159b1e2u);
    CHECK(stable_hash(Flight{"AA", -5, 1}) == 0xef3fee92dfadd5b1u);
    CHECK(stable_hash(Flight{"AA", -5, 2}) == 0xef3fee92dfadd5b1u);
}

TEST_CASE("stable_hash of bytes is wyhash: its author's own examples") {
    struct Example {
        std::uint64_t hash;
        std::string_view bytes;
    };
    static constexpr std::array examples{
        Example{0x0409638ee2bde459, ""},
        Example{0xa8412d091b5fe0a9, "a"},
        Example{0x32dd92e4b2915153, "abc"},
        Example{0x8619124089a3a16b, "message digest"},
        Example{0x7a43afb61d7f5f40, "abcdefghijklmnopqrstuvwxyz"},
        Example{0xff42329b90e50d58, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
        Example{0xc39cab13b115aad3, "12345678901234567890123456789012345678901234567890123456789012345678901234567890"},
    };
    constexpr auto all_as_expected = [] { // constant evaluation reads byte by byte, the running program by words
        std::uint64_t seed = 0;
        for (const Example& example : examples)
            if (weir::detail::wyhash(example.bytes, seed++) != example.hash) return false;
        return true;
    };
    static_assert(all_as_expected());
    CHECK(all_as_expected());
    CHECK(stable_hash("") == examples[0].hash);
}

TEST_CASE("stable_hash of strings of every length, at every alignment, is as specified") {
    for (std::size_t shift = 0; shift < 8; ++shift) {
        std::uint64_t all = stable_hash(0);
        for (std::size_t n = 0; n <= 200; ++n) {
            std::string memory(shift, 'x');
            for (std::size_t i = 0; i < n; ++i) memory.push_back(static_cast<char>(i * 7 + n));
            all = weir::hash_combine(all, stable_hash(std::string_view(memory).substr(shift)));
        }
        CHECK(all == 0x29316e7f933f41f5u);
    }
}

TEST_CASE("equal values of different types have equal hashes") {
    const char* pointer = "weir";
    CHECK(stable_hash(std::string("weir")) == stable_hash("weir"));
    CHECK(stable_hash(std::string_view("weir")) == stable_hash(pointer));
    CHECK(stable_hash(std::uint8_t{200}) == stable_hash(200LL));
    CHECK(stable_hash(std::int8_t{-3}) == stable_hash(-3LL));
    CHECK(stable_hash(true) == stable_hash(1));
    CHECK(stable_hash(1.5F) == stable_hash(1.5));
    CHECK(stable_hash(std::tuple(1, 2)) == stable_hash(std::pair(1, 2)));
    CHECK(stable_hash(std::vector<bool>{true, false}) == stable_hash(std::array{1, 0}));
}

TEST_CASE("chars are hashed alike where char is signed and where it is not") {
    CHECK(stable_hash(static_cast<char>(0xe9)) == 0x2eb67620ec65912fu);
    CHECK(stable_hash(Colour::grey) == 0x2eb67620ec65912fu);
    CHECK(stable_hash(Colour::red) == stable_hash(1));
}

TEST_CASE("floating point: what is equal has equal hashes, and so has every NaN") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(stable_hash(-0.0) == stable_hash(0.0));
    CHECK(stable_hash(-0.0F) == stable_hash(0.0));
    CHECK(stable_hash(nan) == 0xc72971d82e15bb46u);
    CHECK(stable_hash(-nan) == stable_hash(nan));
    CHECK(stable_hash(std::bit_cast<double>(0x7ff0000000000001u)) == stable_hash(nan));
    CHECK(stable_hash(std::numeric_limits<float>::quiet_NaN()) == stable_hash(nan));
    CHECK(stable_hash(1.0) != stable_hash(-1.0));
}

TEST_CASE("durations and time points are hashed by their count") {
    using namespace std::chrono;
    static_assert(stable_hash(seconds(5)) == stable_hash(5));
    static_assert(stable_hash(milliseconds(5)) == stable_hash(5));
    static_assert(stable_hash(sys_time<nanoseconds>(nanoseconds(5))) == stable_hash(5));
}

TEST_CASE("the order and the nesting of elements matter") {
    CHECK(stable_hash(std::pair(1, 2)) != stable_hash(std::pair(2, 1)));
    CHECK(stable_hash(std::pair<std::string, std::string>("ab", "c")) != stable_hash(std::pair<std::string, std::string>("a", "bc")));
    using Lists = std::vector<std::vector<int>>;
    std::set<std::uint64_t> different{stable_hash(Lists{}), stable_hash(Lists{{}}), stable_hash(Lists{{}, {}}), stable_hash(Lists{{1}, {2, 3}}),
                                      stable_hash(Lists{{1, 2}, {3}}), stable_hash(Lists{{1, 2, 3}})};
    CHECK(different.size() == 6);
}

TEST_CASE("a type says how it is hashed by weir::Hash") {
    CHECK(stable_hash(Word{"Weir"}) == stable_hash("weir"));
    CHECK(stable_hash(std::vector{Word{"A"}, Word{"b"}}) == stable_hash(std::vector{Word{"a"}, Word{"B"}}));
}

TEST_CASE("what cannot be hashed the same everywhere is not hashable") {
    static_assert(weir::Hashable<std::string> && weir::Hashable<const char*> && weir::Hashable<char[4]>);
    static_assert(weir::Hashable<std::tuple<int, std::optional<Flight>, std::vector<double>>> && weir::Hashable<const Word&>);
    static_assert(weir::Hashable<std::chrono::sys_seconds> && weir::Hashable<std::u16string> && weir::Hashable<std::tuple<>>);
    static_assert(not weir::Hashable<Unknown> && not weir::Hashable<int*> && not weir::Hashable<std::unique_ptr<int>>);
    static_assert(not weir::Hashable<long double> && not weir::Hashable<std::vector<Unknown>>);
    static_assert(not weir::Hashable<std::pair<int, void*>> && not weir::Hashable<std::chrono::duration<long double>>);
}

TEST_CASE("each bit of a key changes each bit of its hash about half of the time") {
    // how far from one half, over all pairs of an input bit and an output bit (in a vector: g++ 12 takes a minute and 5 GB to unroll arrays)
    const auto worst = [](std::uint64_t (*hash_of)(std::uint64_t)) {
        constexpr int samples = 2'000;
        std::vector<int> flips(64 * 64);
        for (std::uint64_t i = 0; i < samples; ++i)
            for (std::size_t in = 0; in < 64; ++in) {
                const std::uint64_t changed = hash_of(i) ^ hash_of(i ^ (std::uint64_t{1} << in));
                for (std::size_t out = 0; out < 64; ++out) flips[in * 64 + out] += static_cast<int>((changed >> out) & 1);
            }
        double most = 0;
        for (const int n : flips) most = std::max(most, std::abs(n / double{samples} - 0.5));
        return most;
    };
    CHECK(worst([](std::uint64_t x) { return stable_hash(x); }) < 0.08); // chance alone: 4096 pairs of standard deviation 0.011
    CHECK(worst([](std::uint64_t x) { return stable_hash(std::pair(x, 7)); }) < 0.08);
    CHECK(worst([](std::uint64_t x) {
              std::array<char, 8> bytes;
              for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(x >> (8 * i));
              return stable_hash(std::string_view(bytes.data(), bytes.size()));
          }) < 0.08);
}

TEST_CASE("key groups are within their number, and evenly filled") {
    static_assert(weir::key_group(stable_hash(42), 128) == 94);
    static_assert(weir::key_group(0, 7) == 0 && weir::key_group(~std::uint64_t{0}, 7) == 6 && weir::key_group(~std::uint64_t{0}, 1) == 0);
    for (const std::uint32_t groups : {1U, 3U, 128U, 1000U}) {
        std::vector<int> count(groups);
        for (int key = 0; key < 100'000; ++key) ++count.at(weir::key_group(stable_hash(key), groups));
        const double mean = 100'000.0 / groups;
        for (const int n : count) CHECK(std::abs(n - mean) < 6 * std::sqrt(mean) + 1);
    }
}

TEST_CASE("one key is one key by its parts, NaN included") {
    using weir::detail::same_key;
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    static_assert(same_key(nan, nan) && same_key(0.0, -0.0) && not same_key(nan, 1.0) && not same_key(1.0, 2.0));
    static_assert(same_key(std::pair(1, nan), std::pair(1, nan)) && not same_key(std::pair(1, nan), std::pair(2, nan)));
    static_assert(same_key(std::optional(nan), std::optional(nan)) && not same_key(std::optional(nan), std::optional<double>()));
    static_assert(same_key(std::array{nan, 1.0}, std::array{nan, 1.0}));
    CHECK(same_key(std::vector{nan}, std::vector{nan}));
    CHECK_FALSE(same_key(std::vector{nan}, std::vector{nan, nan}));
    CHECK_FALSE(same_key(std::vector{1, 2}, std::vector{1, 3}));
    CHECK(same_key(std::string("a"), std::string_view("a")));
    CHECK(same_key(Word{"A"}, Word{"a"}));
    CHECK(same_key(Flight{"AA", 1, 1}, Flight{"AA", 1, 2}));
    CHECK_FALSE(same_key(Flight{"AA", 1}, Flight{"AA", 2}));
    using FloatSeconds = std::chrono::duration<double>;
    CHECK(same_key(FloatSeconds(nan), FloatSeconds(nan)));
    static_assert(Place{1, 1} != Place{1, 2});
    static_assert(same_key(Place{nan}, Place{nan}) && same_key(Place{1, 1}, Place{1, 2}) && not same_key(Place{1}, Place{2}));
}

TEST_CASE("a key as it is kept is that which a projection shows, NaN included") {
    using weir::detail::same_key;
    static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    static constexpr int one = 1;
    static constexpr Place place{nan};
    using Shown = std::tuple<const double&, const int&>;
    static_assert(same_key(std::tuple(nan, 1), Shown(nan, one)) && same_key(Shown(nan, one), std::tuple(nan, 1)));
    static_assert(not same_key(std::tuple(nan, 2), Shown(nan, one)) && not same_key(std::tuple(1.0, 1), Shown(nan, one)));
    static_assert(same_key(std::tuple(place, 1), std::tuple<const Place&, const int&>(place, one)));
    static_assert(same_key(std::pair(nan, 1), std::pair<const double&, const int&>(nan, one)));
    static_assert(same_key(std::tuple(std::optional(nan), 1), std::tuple<std::optional<double>, const int&>(nan, one)));
    static_assert(same_key(std::tuple(std::array{nan}, 1), std::tuple<std::array<double, 1>, const int&>(std::array{nan}, one)));
    static_assert(same_key(std::tuple(1, 2), std::tuple<const int&, long>(one, 2)) && not same_key(std::tuple(1, 2), std::tuple<const int&, long>(one, 3)));
    CHECK(same_key(std::pair<std::string, int>("a", 1), std::pair<std::string_view, int>("a", 1)));
    CHECK_FALSE(same_key(std::pair<std::string, int>("a", 1), std::pair<std::string_view, int>("b", 1)));
    CHECK(same_key(std::array<std::string, 1>{"a"}, std::array<std::string_view, 1>{"a"}));
    CHECK(same_key(std::optional<std::string>("a"), std::optional<std::string_view>("a")));
    const std::string text = "a";
    CHECK(same_key(std::tuple(text, 1), std::tuple<const std::string&, const int&>(text, one)));
}

TEST_CASE("text behind pointers is compared as it is hashed") {
    using weir::detail::same_key;
    const char a[] = "a", b[] = "a", c[] = "c";
    const char *const p = a, *const q = b, *const r = c;
    CHECK(same_key(p, q));
    CHECK_FALSE(same_key(p, r));
    CHECK(same_key(std::tuple(p, 1), std::tuple(q, 1)));
    CHECK(same_key(std::tuple<std::string, int>(a, 1), std::tuple<const char* const&, int>(q, 1)));
    CHECK(same_key(std::string(a), q));
}

TEST_CASE("texts are the same when all their characters are, and nothing around them is read") {
    for (std::size_t n = 0; n <= 70; ++n) {
        const auto exactly = [n](char first) { // so much memory that a read beside it is seen
            auto text = std::make_unique<char[]>(n);
            for (std::size_t i = 0; i < n; ++i) text[i] = static_cast<char>(first + static_cast<char>(i));
            return text;
        };
        const auto a = exactly('!'), b = exactly('!');
        const std::string_view one(a.get(), n), other(b.get(), n);
        CHECK(weir::detail::same_text(one, other));
        CHECK(weir::detail::text_sample(one) == weir::detail::text_sample(other));
        for (std::size_t i = 0; i < n; ++i) {
            b[i] = static_cast<char>(b[i] ^ 4);
            CHECK_FALSE(weir::detail::same_text(one, other));
            if (n <= 16) CHECK(weir::detail::text_sample(one) != weir::detail::text_sample(other));
            b[i] = a[i];
            CHECK_FALSE(weir::detail::same_text(one, other.substr(0, i)));
        }
    }
    static_assert(weir::detail::same_key(std::string_view("a text"), std::string_view("a text")) && not weir::detail::same_key(std::string_view("a text"), std::string_view("a test")));
}
