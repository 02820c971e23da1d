// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/patterns.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

struct Login {
    std::string user;
    bool failed;
    weir::Timestamp time;
};

constexpr auto is(char wanted) {
    return [wanted](char c) { return c == wanted; };
}

/// The matches in a text with a letter each second, as the letters of each.
template <typename Pattern>
std::string found(const Pattern& pattern, const std::string& text) {
    std::string all;
    const auto give = [&](const auto& match) { all += (all.empty() ? "" : " ") + std::string(match.events().begin(), match.events().end()); };
    weir::detail::PatternMatcher<char, weir::NoKey, Pattern> matcher(pattern, {});
    const auto reach = [&](weir::Timestamp t) {
        while (not matcher.is_empty() && matcher.due() <= t) matcher.expire([](char) { return weir::NoKey(); }, give, [](const auto&) {});
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const weir::Timestamp time = at(std::chrono::seconds(i));
        reach(time);
        if (text[i] != ' ') matcher.take(matcher.events().keep(text[i], time), weir::NoKey(), give);
    }
    reach(weir::max_time);
    return all;
}

} // namespace

TEST_CASE("match finds a pattern in the events of each key, in the order of their times") {
    const std::vector<Login> logins{{"eve", true, at(1s)},  {"ann", true, at(2s)},  {"eve", true, at(9s)}, {"eve", true, at(5s)}, // one comes late
                                    {"ann", false, at(6s)}, {"eve", false, at(12s)}, {"eve", false, at(13s)}};
    std::vector<weir::Event<std::string>> alerts;
    weir::run(weir::from(logins) | weir::event_time(&Login::time, weir::bounded_disorder(5s)) | weir::key_by(&Login::user) |
              weir::match(weir::pattern("failed", &Login::failed).times(3).followed_by("succeeded", [](const Login& login) { return not login.failed; }).within(1min),
                          [](const auto& match) { return match.key() + ", from " + std::to_string(match["failed"].front().time.time_since_epoch() / 1s); }) |
              weir::collect_into(alerts));
    CHECK(alerts == std::vector<weir::Event<std::string>>{{"eve, from 1", at(12s)}});
}

TEST_CASE("next, followed_by and followed_by_any differ in what may stand between") {
    const auto begin = weir::pattern("a", is('a'));
    CHECK(found(begin.next("b", is('b')), "ab acb") == "ab");
    CHECK(found(begin.followed_by("b", is('b')), "acbb") == "ab");
    CHECK(found(begin.followed_by_any("b", is('b')), "acbb") == "ab ab");
    CHECK(found(begin.followed_by("b", is('b')), "aab") == "ab ab");
    CHECK(found(begin.followed_by("b", is('b')).followed_by("c", is('c')), "abxbcc") == "abc");
    CHECK(found(begin.followed_by_any("b", is('b')).followed_by("c", is('c')), "abxbcc") == "abc abc");
}

TEST_CASE("a step may take several events, or none") {
    const auto begin = weir::pattern("a", is('a'));
    CHECK(found(begin.times(2).next("b", is('b')), "aaab") == "aab");
    CHECK(found(begin.times(2, 3), "aaa") == "aa aaa aa");
    CHECK(found(begin.one_or_more().followed_by("b", is('b')), "axab") == "aab ab ab");
    CHECK(found(begin.one_or_more().consecutive().followed_by("b", is('b')), "axab") == "ab ab");
    CHECK(found(begin.one_or_more().combinations().followed_by("b", is('b')), "aaab") == "aaab aab aab ab aab ab ab");
    CHECK(found(begin.followed_by("b", is('b')).optional().followed_by("c", is('c')), "abc") == "abc ac");
    CHECK(found(begin.followed_by("b", is('b')).at_least(2), "abbb") == "abb abbb");
    CHECK(found(begin.followed_by("b", is('b')).one_or_more().until(is('x')).followed_by("c", is('c')), "abbxbc") == "abbc abc");
}

TEST_CASE("what must not come") {
    const auto begin = weir::pattern("a", is('a'));
    CHECK(found(begin.not_next(is('x')).followed_by("b", is('b')), "axb ayb") == "ab");
    CHECK(found(begin.not_followed_by(is('x')).followed_by("b", is('b')), "aybx aybxb ayxb") == "ab ab");
    CHECK(found(begin.not_followed_by(is('b')).within(3s), "a   ab ac") == "a a");
    CHECK(found(begin.not_followed_by(is('b')).within(3s), "a  b") == "a");
    CHECK(found(begin.not_followed_by(is('b')).within(4s), "a  b") == "");
}

TEST_CASE("within bounds the time from the first event to the last, skipping how many matches are given") {
    const auto begin = weir::pattern("a", is('a'));
    CHECK(found(begin.followed_by("b", is('b')).within(2s), "ab a b") == "ab");
    CHECK(found(begin.one_or_more().next("b", is('b')), "aaab") == "aaab aab ab");
    CHECK(found(begin.one_or_more().next("b", is('b')).skip_past_last(), "aaabab") == "aaab ab");
    CHECK(found(begin.followed_by_any("b", is('b')).skip_to_next(), "aabb") == "ab ab");
    CHECK(found(begin.followed_by_any("b", is('b')).skip_past_last(), "aabbab") == "ab ab");
}

TEST_CASE("a condition may look at what was taken before") {
    const auto rising = weir::pattern("rise", [](char, const auto&) { return true; }).one_or_more().consecutive();
    const auto longer = weir::pattern("first", [](char) { return true; }).next("more", [](char c, const auto& so_far) {
        return c > so_far.events().back();
    }).at_least(2).consecutive().skip_past_last();
    CHECK(found(longer, "abcabad") == "abc");
    CHECK(found(rising, "ab") == "a ab b");
}

TEST_CASE("a match tells its steps, times and key") {
    std::vector<std::string> told;
    const std::vector<Login> logins{{"eve", true, at(1s)}, {"eve", true, at(3s)}, {"eve", false, at(5s)}};
    const auto tell = [&](const auto& match) {
        told = {match.key(), std::to_string(match.size()), std::to_string(match["failed"].size()), match["warned"].empty() ? "none" : "some",
                std::to_string((match.last_time() - match.first_time()) / 1s), std::to_string(match["failed"][1].time.time_since_epoch() / 1s)};
        CHECK_THROWS_AS(match["other"], std::out_of_range);
        return 0;
    };
    weir::run(weir::from(logins) | weir::event_time(&Login::time) | weir::key_by(&Login::user) |
              weir::match(weir::pattern("failed", &Login::failed).times(2).followed_by("warned", &Login::failed).optional().next("in", [](const Login& login) {
                  return not login.failed;
              }), tell) |
              weir::for_each([](int) {}));
    CHECK(told == std::vector<std::string>{"eve", "3", "2", "none", "4", "3"});
}

TEST_CASE("a pattern that makes no sense is refused when it is made, or when it is used") {
    const auto begin = weir::pattern("a", is('a'));
    CHECK_THROWS_AS(begin.times(0), std::invalid_argument);
    CHECK_THROWS_AS(begin.times(3, 2), std::invalid_argument);
    CHECK_THROWS_AS(begin.within(0s), std::invalid_argument);
    CHECK_THROWS_AS(begin.within(std::chrono::duration<double>(1e-12)), std::invalid_argument);
    CHECK_THROWS_AS(found(begin.optional(), ""), std::invalid_argument);
    CHECK_THROWS_AS(found(begin.next("a", is('b')), ""), std::invalid_argument);
    CHECK_THROWS_AS(found(begin.next("", is('b')), ""), std::invalid_argument);
    CHECK_THROWS_AS(found(begin.not_next(is('b')).followed_by("c", is('c')).optional(), ""), std::invalid_argument);
}
