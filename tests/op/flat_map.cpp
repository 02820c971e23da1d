// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (not line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        if (end > 0) words.emplace_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

struct Order {
    int id = 0;
    std::vector<int> items;
};

/// 0, 1 .. size - 1, each made when it is asked for, and how many were.
struct Lazy {
    struct Iterator {
        using value_type = int;
        using difference_type = std::ptrdiff_t;
        int at = 0;
        int* made = nullptr;
        int operator*() const {
            ++*made;
            return at;
        }
        Iterator& operator++() {
            ++at;
            return *this;
        }
        void operator++(int) { ++at; }
        bool operator==(const Iterator& other) const { return at == other.at; }
    };
    int size;
    int* made;
    Iterator begin() const { return {0, made}; }
    Iterator end() const { return {size, made}; }
};

constexpr bool flattens_at_compile_time() {
    auto times = weir::flat_map([](int x) { return std::vector<int>(static_cast<std::size_t>(x), x); });
    return given_by<int>(std::move(times).bind(weir::Stream<int>{}), std::vector{2, 0, 3}) == std::vector{2, 2, 3, 3, 3};
}

static_assert(flattens_at_compile_time());

/// Stands behind an operator with room for so many outputs.
struct Bounded {
    static constexpr bool can_finish = false;
    static constexpr bool bounded_room = true;
    std::size_t free;
    std::vector<int> events{};
    std::vector<std::string> signals{};
    void on_event(int x) {
        events.push_back(x);
        free -= free > 0 ? 1 : 0;
    }
    void on_watermark(weir::Timestamp) { signals.push_back("watermark behind " + std::to_string(events.size())); }
    void on_barrier(std::uint64_t) { signals.push_back("barrier behind " + std::to_string(events.size())); }
    void on_end() { signals.push_back("end behind " + std::to_string(events.size())); }
    bool done() const { return false; }
    std::size_t room() const { return free; }
};

} // namespace

TEST_CASE("flat_map gives each element of the range that the function returns") {
    const std::vector<std::string> lines{"to be", "", "or not to be"};
    std::vector<std::string> words;
    const weir::Report report = weir::run(weir::from(lines) | weir::flat_map(words_of) | weir::collect_into(words));
    CHECK(words == std::vector<std::string>{"to", "be", "or", "not", "to", "be"});
    CHECK(report.at("flat_map#1") == row("flat_map#1", 3, 6, 2, weir::Drop::filtered, 1));
    CHECK(flattens_at_compile_time());
}

TEST_CASE("flat_map<Out> gives what the function emits") {
    const std::vector<std::string> lines{"to be", "", "or not to be"};
    std::vector<std::size_t> lengths;
    const weir::Report report = weir::run(weir::from(lines) | weir::flat_map<std::size_t>([](const std::string& line, auto emit) {
                                              for (const std::string& word : words_of(line)) emit(word.size());
                                          }) |
                                          weir::collect_into(lengths));
    CHECK(lengths == std::vector<std::size_t>{2, 2, 2, 3, 2, 2});
    CHECK(report.at("flat_map#1") == row("flat_map#1", 3, 6, 2, weir::Drop::filtered, 1));
}

TEST_CASE("flat_map<Out> takes a plain function") {
    void (*const twice)(int, weir::Emit<int>) = [](int x, weir::Emit<int> emit) {
        emit(x);
        emit(x);
    };
    std::vector<int> out;
    weir::run(weir::from(std::vector{1, 2}) | weir::flat_map<int>(twice) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 1, 2, 2});
}

TEST_CASE("flat_map of no event gives none") {
    std::vector<std::string> words;
    weir::run(weir::from(std::vector<std::string>{}) | weir::flat_map(words_of) | weir::collect_into(words));
    CHECK(words.empty());
}

TEST_CASE("outputs of flat_map have the time of their event") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(2)) | weir::flat_map([](int x) { return std::array{x, -x}; }) | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{1, second(1)}, {-1, second(1)}, {2, second(2)}, {-2, second(2)}});
    out.clear();
    weir::run(weir::from(timed(2)) | weir::flat_map<int>([](int x, auto emit) { emit(x); }) | weir::collect_into(out));
    CHECK(out == timed(2));
}

TEST_CASE("flat_map takes a pointer to a member, and lends what belongs to others") {
    int copies = 0;
    struct Box {
        std::vector<Counting> things;
    };
    std::vector<Box> boxes(2);
    for (Box& box : boxes) box.things = counting(3, copies);
    copies = 0;
    int sum = 0;
    const auto add = weir::for_each([&](const Counting& c) { sum += c.value; });
    weir::run(weir::from(boxes) | weir::flat_map(&Box::things) | add);
    weir::run(weir::from(boxes) | weir::flat_map([](const Box& box) { return std::span(box.things); }) | add);
    CHECK(sum == 12);
    CHECK(copies == 0);
    std::vector<Counting> out;
    out.reserve(6);
    weir::run(weir::from(std::move(boxes)) | weir::flat_map(&Box::things) | weir::collect_into(out)); // now they are ours
    CHECK(out.size() == 6);
    CHECK(copies == 0);
}

TEST_CASE("flat_map moves elements out of a container that the function returns, not out of one that it only shows") {
    std::vector<std::unique_ptr<int>> out;
    weir::run(weir::from(std::vector{1, 2}) | weir::flat_map([](int x) {
                  std::vector<std::unique_ptr<int>> made;
                  made.push_back(std::make_unique<int>(x));
                  return made;
              }) | weir::collect_into(out));
    CHECK(out.size() == 2);
    std::vector<std::string> table{"a long name that has to be allocated"};
    std::vector<std::string> names;
    weir::run(weir::from(std::vector{1, 2}) | weir::flat_map([&](int) { return std::span(table); }) | weir::collect_into(names));
    CHECK(names == std::vector<std::string>{table[0], table[0]});
    weir::run(weir::from(std::vector{1, 2}) | weir::flat_map([&](int) -> auto& { return table; }) | weir::collect_into(names));
    CHECK(names == std::vector<std::string>(4, "a long name that has to be allocated"));
}

TEST_CASE("flat_map stops in the middle when no more is wanted") {
    int made = 0;
    std::vector<int> out;
    weir::run(weir::from(std::vector{1'000'000}) | weir::flat_map([&](int n) { return Lazy{n, &made}; }) | weir::take(3) | weir::collect_into(out));
    CHECK(out == std::vector<int>{0, 1, 2});
    CHECK(made == 3);
    out.clear();
    weir::run(weir::from(std::vector{1}) | weir::flat_map<int>([&](int, auto emit) {
                  for (int i = 0; i < 9; ++i) emit(i);
              }) | weir::take(2) | weir::collect_into(out));
    CHECK(out == std::vector<int>{0, 1});
}

TEST_CASE("flat_map waits in the middle of a million outputs") {
    int made = 0, received = 0;
    auto job = weir::from(std::vector{1'000'000, 2}) | weir::flat_map([&](int n) { return Lazy{n, &made}; }) | weir::stage({.capacity = 16}) |
               weir::for_each([&](int) { ++received; });
    auto stepper = weir::stepper(job);
    while (received == 0) REQUIRE(stepper.step(8) == weir::Progress::more);
    CHECK(made < 100);
    CHECK(stepper.report().at("flat_map#1").held == 1);
    while (stepper.step() != weir::Progress::ended) REQUIRE(made <= received + 16);
    CHECK(made == 1'000'002);
    CHECK(received == made);
    CHECK(stepper.report().at("flat_map#1") == row("flat_map#1", 2, 1'000'002, 2));
}

TEST_CASE("flat_map waits on a thread of its own too", "[threads]") {
    int made = 0;
    long sum = 0;
    weir::run(weir::from(std::vector{20'000, 0, 3}) | weir::flat_map([&](int n) { return Lazy{n, &made}; }) | weir::stage({.capacity = 4}) |
              weir::for_each([&](int x) { sum += x; }));
    CHECK(sum == 20'000L * 19'999 / 2 + 3);
}

TEST_CASE("flat_map that waits keeps copies of what may be the event's") {
    const auto letters = [](const std::string& s) { // views of the event, in a container
        std::vector<std::string_view> all;
        for (std::size_t i = 0; i < s.size(); ++i) all.push_back(std::string_view(s).substr(i, 1));
        return all;
    };
    const auto bytes = [](const std::string& s) { return std::span(s); };
    const auto own = [](const std::string& s) -> auto& { return s; };
    const std::string text = "a text that is longer than what a string keeps in itself";
    const auto check = [&](auto fn) {
        std::vector<std::string> texts(3, text); // ours: gone after the call
        std::string out;
        weir::run(weir::from(std::move(texts)) | weir::flat_map(fn) | weir::stage({.capacity = 2}) | weir::for_each([&](auto part) { out += part; }));
        CHECK(out == text + text + text);
    };
    check(letters);
    check(bytes);
    check([own](const std::string& s) { return std::vector<char>(own(s).begin(), own(s).end()); });
    check([](const std::string& s) { return std::multiset<std::string_view>{s}; });
}

TEST_CASE("a suspended flat_map has no room, and signals wait behind its outputs") {
    auto op = weir::flat_map([](int n) { return std::vector<int>(static_cast<std::size_t>(n), n); }).bind(weir::Stream<int>{});
    Bounded next{.free = 2};
    op.on_event(5, next);
    CHECK(next.events.size() == 2);
    CHECK(op.room(next) == 0);
    op.on_watermark(second(1), next);
    op.on_watermark(second(2), next);
    CHECK(next.signals.empty());
    next.free = 2;
    CHECK_FALSE(op.resume(next));
    CHECK(op.room(next) == 0);
    next.free = 9;
    CHECK(op.resume(next));
    CHECK(next.events.size() == 5);
    CHECK(next.signals == std::vector<std::string>{"watermark behind 5"});
    CHECK(op.room(next) == next.free);
}

TEST_CASE("a suspended flat_map gives all it has when the next event, a barrier or the end comes all the same") {
    auto op = weir::flat_map([](int n) { return std::vector<int>(static_cast<std::size_t>(n), n); }).bind(weir::Stream<int>{});
    Bounded next{.free = 1};
    op.on_event(2, next);
    op.on_event(3, next);
    CHECK(next.events == std::vector<int>{2, 2});
    op.on_barrier(1, next);
    CHECK(next.events == std::vector<int>{2, 2, 3, 3, 3});
    op.on_event(1, next);
    op.on_end(next);
    CHECK(next.events == std::vector<int>{2, 2, 3, 3, 3, 1});
    CHECK(next.signals == std::vector<std::string>{"barrier behind 5", "end behind 6"});
}

TEST_CASE("flat_map's count of empty events is saved") {
    const auto running = [] { return weir::flat_map([](int n) { return std::vector<int>(static_cast<std::size_t>(n), n); }).bind(weir::Stream<int>{}); };
    auto op = running();
    Kept<int> next;
    op.on_event(0, next);
    weir::OperatorReport counts;
    restored(op, running()).report(counts);
    CHECK(counts.dropped(weir::Drop::filtered) == 1);
}

TEST_CASE("behind an event that throws, the rest of its span counts as held") {
    const auto job = weir::from(std::vector{0, 1, 2, 3, 4, 5}) | weir::flat_map([](int n) {
                         if (n == 3) throw std::runtime_error("three");
                         return std::vector<int>(static_cast<std::size_t>(n), n);
                     }) |
                     weir::for_each([](int) {});
    auto stepper = weir::stepper(job);
    CHECK_THROWS_WITH([&] { while (stepper.step() != weir::Progress::ended) {} }(), "three");
    const weir::OperatorReport counts = stepper.report().at("flat_map#1");
    CHECK(counts.out == 3);
    CHECK(counts.passed == 2);
    CHECK(counts.dropped() == 1);
    CHECK(counts.held == counts.in - 3);
}
