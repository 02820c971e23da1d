// SPDX-License-Identifier: BSL-1.0
// RunOptions::resource and operators that keep whole sets.
#include "allocations.hpp"
#include "catch.hpp"
#include "runtime/memory_resources.hpp"

#include <weir/weir.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {
struct Small;
}
template <>
inline constexpr weir::detail::PartSizes weir::detail::part_sizes<Small>{.table = 4'096, .waiting = 4'096};

namespace {

using namespace resources;

const auto nothing = [](const auto&) {};

/// Too large to be moved as often as it is compared.
struct Wide {
    Reading reading;
    std::array<double, 20> more{};
};
std::vector<Wide> wide(const std::vector<Reading>& all) {
    std::vector<Wide> wider;
    for (const Reading& r : all) wider.push_back({r});
    return wider;
}
/// So short that they own no memory; many begin alike.
std::vector<std::string> names(std::size_t n) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back("sensor-0" + std::to_string(i * 7919 % n));
    return all;
}

/// So that groups of a few hundred keys are kept as those of millions are.
struct Small {
    std::uint64_t key = 0;
    double value = 0;
};
std::vector<Small> small(std::size_t n, std::size_t keys) {
    std::vector<Small> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back({i * 7919 % keys, static_cast<double>(i)});
    return all;
}

const auto by_value = weir::sort_by(&Reading::value, std::greater<>());
const auto by_value_of_wide = weir::sort_by([](const Wide& w) { return -w.reading.value; });
const auto by_comparing = weir::sort_by([](const Reading& r) { return r.sensor; }, [](std::uint64_t a, std::uint64_t b) { return a % 100 < b % 100; });
const auto wide_by_comparing = weir::sort_by([](const Wide& w) { return w.reading.sensor; }, [](std::uint64_t a, std::uint64_t b) { return a % 100 < b % 100; });
const auto by_text = weir::sort_by([](const std::string& s) -> const std::string& { return s; });
const auto end = weir::for_each(nothing);

/// Each reading with those of its sensor, of which there are some.
auto with_others(auto readings, const std::vector<Reading>& others) {
    return weir::hash_join(std::move(readings) | weir::key_by(&Reading::sensor), weir::from(others) | weir::key_by(&Reading::sensor),
                           [](const Reading& left, const Reading& right) { return left.value + right.value; }) | end;
}
auto all_of_both(auto readings, const std::vector<Reading>& others) {
    return weir::hash_join<weir::JoinType::full>(std::move(readings) | weir::key_by(&Reading::sensor), weir::from(others) | weir::stage(64) | weir::key_by(&Reading::sensor),
                                                 [](const Reading* left, const Reading* right) { return left && right; }) | end;
}
auto known(auto readings, const std::vector<Reading>& others) {
    return weir::hash_join<weir::JoinType::semi>(std::move(readings) | weir::key_by(&Reading::sensor), weir::from(others) | weir::key_by(&Reading::sensor)) | end;
}

} // namespace

TEST_CASE("a sort_by takes all its memory from the resource of its job") {
    const auto all = readings(20'000, 500);
    CHECK(from_the_free_store(weir::from(all) | by_value | end) == 0);
    CHECK(from_the_free_store(weir::from(all) | by_comparing | end) == 0);
    const auto wider = wide(all);
    CHECK(from_the_free_store(weir::from(wider) | by_value_of_wide | end) == 0);
    CHECK(from_the_free_store(weir::from(wider) | wide_by_comparing | end) == 0);
    const auto texts = names(20'000);
    CHECK(from_the_free_store(weir::from(texts) | by_text | end) == 0);
}

TEST_CASE("so do those that workers share") {
    const auto all = readings(20'000, 500);
    CHECK(from_the_free_store(in_parts(all) | by_value | end, {.workers = 2}) == 0);
    CHECK(from_the_free_store(in_parts(all) | by_comparing | end, {.workers = 2}) == 0);
    const auto wider = wide(all);
    CHECK(from_the_free_store(in_parts(wider) | by_value_of_wide | end, {.workers = 2}) == 0);
    const auto texts = names(20'000);
    CHECK(from_the_free_store(in_parts(texts) | by_text | end, {.workers = 2}) == 0);
}

TEST_CASE("a resource may have no more when rows are sorted") {
    const auto all = readings(3'000, 500);
    const auto wider = wide(all);
    const auto texts = names(3'000);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions shared{.workers = workers};
        fails_anywhere("by a number", in_parts(all) | by_value | end, shared);
        fails_anywhere("by a number, wide", in_parts(wider) | by_value_of_wide | end, shared);
        fails_anywhere("by comparing", in_parts(all) | by_comparing | end, shared);
        fails_anywhere("by comparing, wide", in_parts(wider) | wide_by_comparing | end, shared);
        fails_anywhere("by text", in_parts(texts) | by_text | end, shared);
    }
}

TEST_CASE("nor when they are in files") {
    const auto all = readings(3'000, 500);
    const auto texts = names(3'000);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions small{.workers = workers, .memory = 40'000};
        fails_anywhere("by a number", in_parts(all) | by_value | end, small);
        fails_anywhere("by text", in_parts(texts) | by_text | end, small);
    }
}

TEST_CASE("a hash_join takes all its memory from the resource of its job") {
    const auto all = readings(20'000, 5'000), others = readings(7'000, 6'000);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions shared{.workers = workers};
        CHECK(from_the_free_store(with_others(in_parts(all), others), shared) == 0);
        CHECK(from_the_free_store(all_of_both(in_parts(all), others), shared) == 0);
        CHECK(from_the_free_store(known(in_parts(all), others), shared) == 0);
        CHECK(from_the_free_store(with_others(weir::hash_join<weir::JoinType::semi>(in_parts(all) | weir::key_by(&Reading::sensor), weir::from(others) | weir::key_by(&Reading::sensor)), others), shared) == 0);
    }
}

TEST_CASE("a resource may have no more when rows are joined") {
    const auto all = readings(3'000, 500), others = readings(900, 600);
    for (const std::size_t workers : {1U, 2U})
        for (const std::size_t memory : {std::size_t{1} << 30U, std::size_t{20'000}}) { // the others in files
            CAPTURE(workers, memory);
            const weir::RunOptions options{.workers = workers, .memory = memory};
            fails_anywhere("inner", with_others(in_parts(all), others), options);
            fails_anywhere("full", all_of_both(in_parts(all), others), options);
            fails_anywhere("semi", known(in_parts(all), others), options);
        }
}

TEST_CASE("whose memory it was is said") {
    const auto all = readings(3'000, 500), others = readings(900, 600);
    const auto said = [](const auto& job) {
        Counting none;
        none.fails_at = 1;
        try {
            weir::run(job, {.resource = &none});
        } catch (const weir::ResourceExhausted& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    CHECK(said(weir::from(all) | by_value | end).starts_with("sort_by#1: RunOptions::resource has no "));
    CHECK(said(with_others(weir::from(all), others)).starts_with("hash_join#1: RunOptions::resource has no "));
}

TEST_CASE("what workers gather and give comes from the resource of their job") {
    const auto all = readings(20'000, 500);
    const auto source = in_parts(all);
    const auto timed = source | weir::event_time(time_of_reading);
    const auto doubled = weir::map([](const Reading& r) { return Reading{r.second, r.sensor, r.value * 2}; });
    const auto some = weir::filter([](const Reading& r) { return r.sensor % 3 != 0; });
    const auto keyed = weir::key_by(&Reading::sensor);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions shared{.workers = workers};
        CHECK(from_the_free_store(source | doubled | some | end, shared) == 0);
        CHECK(from_the_free_store(source | doubled | weir::top_n(50, &Reading::value) | end, shared) == 0);
        CHECK(from_the_free_store(source | keyed | weir::aggregate(weir::mean(&Reading::value)) | end, shared) == 0);
        CHECK(from_the_free_store(timed | keyed | weir::window(weir::tumbling(std::chrono::seconds(5))) | weir::aggregate(weir::mean(&Reading::value)) | end, shared) == 0);
        CHECK(from_the_free_store(timed | keyed | weir::window(weir::sliding(std::chrono::seconds(5), std::chrono::seconds(1))) | weir::aggregate(weir::count()) | end, shared) == 0);
    }
}

TEST_CASE("a resource may have no more for what workers gather and give") {
    const auto all = readings(3'000, 100);
    const auto source = in_parts(all);
    const auto timed = source | weir::event_time(time_of_reading);
    const auto keyed = weir::key_by(&Reading::sensor);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions shared{.workers = workers};
        fails_anywhere("outputs", source | weir::map([](const Reading& r) { return r.value; }) | weir::sample(10) | end, shared);
        fails_anywhere("top_n", source | weir::top_n(50, &Reading::value) | end, shared);
        fails_anywhere("groups", source | keyed | weir::aggregate(weir::mean(&Reading::value)) | end, shared);
        fails_anywhere("tumbling windows", timed | keyed | weir::window(weir::tumbling(std::chrono::seconds(5))) | weir::aggregate(weir::mean(&Reading::value)) | end, shared);
        fails_anywhere("sliding windows", timed | keyed | weir::window(weir::sliding(std::chrono::seconds(5), std::chrono::seconds(1))) | weir::aggregate(weir::count()) | end, shared);
    }
}

TEST_CASE("groups of many keys come from the resource of their job") {
    const auto all = small(50'000, 5'000);
    const auto few = small(3'000, 400);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const auto means = [](const std::vector<Small>& of) { return in_parts(of) | weir::key_by(&Small::key) | weir::aggregate(weir::mean(&Small::value)) | end; };
        CHECK(from_the_free_store(means(all), {.workers = workers}) <= 1); // what knows the parts, of a fixed size
        fails_anywhere("many groups", means(few), {.workers = workers});
        fails_anywhere("groups in files", means(few), {.workers = workers, .memory = 16'000});
    }
}
