// SPDX-License-Identifier: BSL-1.0
#include "memory_parts.hpp"

#include <catch.hpp>
#include <weir/memory_bound.hpp>
#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct Reading {
    std::uint64_t sensor = 0;
    double value = 0;
};

/// An operator of one's own, with state that nobody knows of.
struct Remember {
    using kind = weir::OperatorKind;
    static constexpr std::string_view name = "remember";
    std::vector<int> all;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) { next.on_event(std::forward<E>(event)); }
};
struct Little : Remember {
    static constexpr bool keeps_little = true;
};

const auto nothing = [](const auto&) {};

} // namespace

TEST_CASE("memory_bound says what a job may keep before it is run, and require_memory refuses one above its memory") {
    const std::vector<Reading> readings(100);
    const auto job = weir::from(readings) | weir::filter([](const Reading& r) { return r.value >= 0; }) | weir::stage(4000) | weir::key_by(&Reading::sensor) |
                     weir::scan(0.0, [](double sum, const Reading& r) { return sum + r.value; }, {.max_keys = 100}) | weir::for_each(nothing);
    const weir::MemoryBound bound = weir::memory_bound(job);
    CHECK(bound.bounded);
    REQUIRE(bound.parts.size() == 2);
    CHECK(part(bound, "stage#1").bytes == 4096 * sizeof(Reading) + few_signals); // a ring is a power of two
    CHECK(part(bound, "scan#1").bytes >= 100 * 2 * sizeof(double));
    CHECK(bound.bytes == bound.parts[0].bytes + bound.parts[1].bytes);

    weir::require_memory(job, {.memory = bound.bytes});
    weir::require_memory(job, {}); // nothing was said
    REQUIRE(part(bound, "stage#1").bytes > part(bound, "scan#1").bytes); // the largest comes first
    std::string said;
    try {
        weir::require_memory(weir::uncounted(job), {.memory = bound.bytes - 1});
    } catch (const weir::MemoryTooSmall& e) {
        said = e.what();
    }
    CHECK(said == "the queues, batches and bounded states of this job may take " + std::to_string(bound.bytes) + " bytes, but RunOptions::memory is " +
                      std::to_string(bound.bytes - 1) + ". Most of it: stage#1 " + std::to_string(part(bound, "stage#1").bytes) + ", scan#1 " +
                      std::to_string(part(bound, "scan#1").bytes) + ". Make these smaller, or give the job more");
}

TEST_CASE("a job that asks for it is refused by run, start and stepper before anything of it runs") {
    int read = 0;
    const auto job = weir::from(std::vector<int>(5)) | weir::tap([&](int) { ++read; }) | weir::stage(1000) | weir::for_each(nothing);
    const weir::RunOptions little{.memory = 1000, .bounded = true}, enough{.memory = 4096 + few_signals, .bounded = true};
    CHECK_THROWS_AS(weir::run(job, little), weir::MemoryTooSmall);
    CHECK_THROWS_AS(weir::start(job, little), weir::MemoryTooSmall);
    CHECK_THROWS_AS(weir::stepper(job, little), weir::MemoryTooSmall);
    CHECK(read == 0);
    weir::run(job, enough);
    weir::run(job, {.memory = 1000}); // it did not ask
    weir::run(job, {.bounded = true});
    CHECK(read == 15);
}

TEST_CASE("memory_bound counts what each worker gathers, and the marks between events in queues") {
    const std::vector<Reading> readings(10);
    const auto first = weir::from(readings) | weir::top_n(50, &Reading::value) | weir::stage(64) | weir::for_each(nothing);
    const weir::MemoryBound one = weir::memory_bound(first), three = weir::memory_bound(first, {.workers = 3});
    CHECK(part(three, "top_n#1").bytes == 8 * part(one, "top_n#1").bytes);
    CHECK(part(three, "stage#1").bytes == part(one, "stage#1").bytes);
    CHECK_THROWS_AS(weir::require_memory(first, {.workers = 3, .memory = one.bytes}), weir::MemoryTooSmall);
    const auto timed = weir::from(readings) | weir::event_time([](const Reading& r) { return weir::Timestamp(weir::Duration(static_cast<std::int64_t>(r.sensor))); }, weir::bounded_disorder(weir::Duration(0))) | weir::stage(64) | weir::for_each(nothing);
    CHECK(weir::memory_bound(timed).bytes >= 64 * (sizeof(weir::Event<Reading>) + 2 * sizeof(weir::detail::Signal)));
}

TEST_CASE("memory_bound counts batches, also those that wait in queues, and what events own where it is told") {
    const std::vector<std::string> words(10, "a word");
    const auto job = weir::from(words) | weir::micro_batch(64) | weir::stage({.capacity = 4, .overflow = weir::Overflow::drop_oldest}) |
                     weir::process([](std::span<const std::string>) {});
    const weir::MemoryBound bound = weir::memory_bound(job), sized = weir::memory_bound(job, {.event_bytes = 100});
    const std::size_t batch = part(bound, "micro_batch#1").bytes;
    CHECK(batch >= 64 * sizeof(std::string));
    CHECK(part(bound, "stage#1").bytes > 4 * batch); // each in a queue is as large
    CHECK(part(bound, "micro_batch#1").note == "what its events own is not counted: say MemoryBoundOptions::event_bytes");
    CHECK(part(sized, "micro_batch#1").bytes == batch + 64 * 100);
    CHECK(part(sized, "micro_batch#1").note.empty());
    CHECK(part(sized, "stage#1").bytes == part(bound, "stage#1").bytes + 4 * 64 * 100);
}

TEST_CASE("memory_bound says what is not bounded, and that is not refused") {
    const std::vector<Reading> readings(10);
    const auto all = [&](auto chain) { return weir::memory_bound(weir::from(readings) | std::move(chain) | weir::for_each(nothing)); };
    const auto sum = [](double so_far, const Reading& r) { return so_far + r.value; };
    const weir::MemoryBound keys = all(weir::named("sums", weir::key_by(&Reading::sensor) | weir::scan(0.0, sum)));
    CHECK_FALSE(keys.bounded);
    CHECK(part(keys, "sums/scan#1").note == "not bounded: scan without max_keys");
    CHECK(all(weir::scan(0.0, sum)).bounded);
    CHECK_FALSE(all(weir::whole() | weir::unbatch()).bounded);
    CHECK(part(all(Remember{}), "remember#1").note == "does not say what it keeps");
    CHECK(all(Little{}).bounded);
    CHECK(all(weir::top_n(5, &Reading::value)).bytes >= 10 * sizeof(Reading));

    // a set that goes by way of files is what it is given
    const auto sorted = weir::from(readings) | weir::sort_by(&Reading::value) | weir::key_by(&Reading::sensor) | weir::aggregate(weir::count()) | weir::for_each(nothing);
    const weir::MemoryBound sets = weir::memory_bound(sorted);
    CHECK(sets.bounded);
    CHECK(sets.bytes == 0);
    CHECK(part(sets, "sort_by#1").note == "takes its share of RunOptions::memory");
    weir::require_memory(sorted, {.memory = 1});
}

TEST_CASE("memory_bound sees both sides of a join and all parts of a merge") {
    const std::vector<Reading> readings(10);
    const auto side = [&](std::size_t n) { return weir::from(readings) | weir::stage(n) | weir::key_by(&Reading::sensor); };
    const auto joined = weir::hash_join(side(16), side(32), [](const Reading& a, const Reading&) { return a; }) | weir::for_each(nothing);
    const weir::MemoryBound join = weir::memory_bound(joined);
    CHECK(part(join, "join/left/stage#1").bytes == 16 * sizeof(Reading) + few_signals);
    CHECK(part(join, "join/right/stage#1").bytes >= 4096 * sizeof(Reading)); // where it leaves its task
    CHECK(part(join, "join/right/stage#2").bytes == 32 * sizeof(Reading) + few_signals);
    CHECK(part(join, "hash_join#1").note == "takes its share of RunOptions::memory");
    same_names(join, weir::run(joined));
    const auto merged = weir::merge(weir::from(readings) | weir::stage(16), weir::from(readings) | weir::stage(64)) | weir::for_each(nothing);
    const weir::MemoryBound merge = weir::memory_bound(merged);
    CHECK(part(merge, "merge/1/stage#2").bytes == 16 * sizeof(Reading) + few_signals);
    CHECK(part(merge, "merge/2/stage#2").bytes == 64 * sizeof(Reading) + few_signals);
    CHECK(merge.bytes == (80 + 2 * 4096) * sizeof(Reading) + 4 * few_signals);
    same_names(merge, weir::run(merged));
}
