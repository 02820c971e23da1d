// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

using weir::Enumerated;

namespace {

constexpr bool enumerates_at_compile_time() {
    return given_by<Enumerated<char>>(weir::enumerate(), std::vector{'a', 'b'}) == std::vector<Enumerated<char>>{{0, 'a'}, {1, 'b'}};
}
static_assert(enumerates_at_compile_time());

} // namespace

TEST_CASE("enumerate numbers the events from 0") {
    const std::vector<std::string> names{"a", "b", "c"};
    std::vector<std::string> out;
    const weir::Report report = weir::run(weir::from(names) | weir::enumerate() | weir::for_each([&](const auto& numbered) {
                                              const auto& [index, name] = numbered;
                                              out.push_back(std::to_string(index) + name);
                                          }));
    CHECK(out == std::vector<std::string>{"0a", "1b", "2c"});
    CHECK(report.at("enumerate#1") == row("enumerate#1", 3, 3, 3));
    CHECK(enumerates_at_compile_time());
}

TEST_CASE("enumerate keeps event times") {
    std::vector<weir::Event<Enumerated<int>>> out;
    weir::run(weir::from(timed(2)) | weir::enumerate() | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<Enumerated<int>>>{{{0, 1}, second(1)}, {{1, 2}, second(2)}});
}

TEST_CASE("enumerate moves owned events and copies lent ones once") {
    int copies = 0;
    std::uint64_t last = 0;
    const auto see = weir::for_each([&](const Enumerated<Counting>& e) { last = e.index; });
    weir::run(weir::from(counting(4, copies)) | weir::enumerate() | see);
    CHECK(copies == 0);
    const auto lent = counting(4, copies);
    weir::run(weir::from(lent) | weir::enumerate() | see);
    CHECK(copies == 4);
    CHECK(last == 3);
    std::vector<std::unique_ptr<int>> pointers(2);
    weir::run(weir::from(std::move(pointers)) | weir::enumerate() | weir::for_each([&](const auto& e) { last = e.index; }));
    CHECK(last == 1);
}

TEST_CASE("an enumerated view is kept as an enumerated string") {
    STATIC_REQUIRE(std::is_same_v<weir::owned_t<Enumerated<std::string_view>>, Enumerated<std::string>>);
    const std::vector<std::string_view> words{"to", "be"};
    std::vector<Enumerated<std::string>> out;
    weir::run(weir::from(words) | weir::enumerate() | weir::stage() | weir::collect_into(out));
    CHECK(out == std::vector<Enumerated<std::string>>{{0, "to"}, {1, "be"}});
}

TEST_CASE("enumerate's count is saved, and what it gives can be") {
    auto op = weir::enumerate();
    Kept<Enumerated<int>> next;
    op.on_event(7, next);
    CHECK(given_by<Enumerated<int>>(restored(op, weir::enumerate()), std::vector{8}) == std::vector<Enumerated<int>>{{1, 8}});
    STATIC_REQUIRE(weir::Savable<Enumerated<std::string>>);
}
