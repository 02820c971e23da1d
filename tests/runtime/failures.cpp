// SPDX-License-Identifier: BSL-1.0
// Where what a user's function throws was thrown: the operator, by its name in the Report, and the number of the event there.
#include "runtime/failures.hpp"

#include <weir/testing.hpp>

using namespace failures;

TEST_CASE("what a function throws comes out of run as it is, and the options are told where it was thrown") {
    std::string said;
    const auto price = [](int x) { return x == 2 ? throw Bad("bad price") : x; };
    const weir::RunOptions options{.failed = [&said](const Failure& at) { said = to_string(at); }};
    REQUIRE_THROWS_AS(weir::run(weir::from(numbers(10)) | weir::map(same) | weir::map(price) | ignore, options), Bad);
    REQUIRE(said == "map#2: event 3: bad price");
    said.clear();
    weir::run(weir::from(numbers(2)) | weir::map(price) | ignore, options);
    REQUIRE(said.empty());
    const weir::RunOptions throws{.failed = [](const Failure&) { throw std::runtime_error("no log"); }};
    REQUIRE_THROWS_AS(weir::run(weir::from(numbers(10)) | weir::map(price) | ignore, throws), Bad);
}

TEST_CASE("the report of a job that has failed says where, and that of a stepper", "[threads]") {
    const auto job = weir::from(numbers(100)) | weir::stage() | weir::named("price", weir::map(throws_at(40, same))) | ignore;
    weir::Job running = weir::start(job);
    REQUIRE_THROWS_AS(running.wait(), Bad);
    REQUIRE(running.report().failure == Failure{"price", 40, 40, "bad price"});
    weir::Stepper stepper = weir::stepper(job);
    const auto step = [&] { while (stepper.step() != weir::Progress::ended) {} };
    REQUIRE_THROWS_AS(step(), Bad);
    REQUIRE(stepper.report().failure == Failure{"price", 40, 40, "bad price"});
}

TEST_CASE("an error that names its operator is said once") {
    const Failure failure{"try_map#1", 3, 3, "try_map#1: event 3: bad"};
    REQUIRE(to_string(failure) == "try_map#1: event 3: bad");
    REQUIRE(to_string(Failure{"process#1", 101, 200, "bad"}) == "process#1: events 101 to 200: bad");
    REQUIRE(to_string(Failure{"sort_by#1", 0, 7, "bad price"}) == "sort_by#1: behind event 7: bad price");
    REQUIRE(to_string(Failure{"input/map#1", 0, 0, "bad price"}) == "input/map#1: bad price");
}

TEST_CASE("an error of a source names its task, and how many events it has given") {
    struct Failing {
        using event_type = int;
        int n = 0;
        std::optional<int> next() { return n == 5 ? throw Bad("bad price") : std::optional(n++); }
    };
    REQUIRE(failure_of(weir::from(Failing{}) | weir::map(same) | ignore) == behind("input/map#1", 5));
}

namespace {

template <typename Source, typename Middle>
void in_each_operator(const Source& source, const Middle& middle, std::uint64_t n, weir::RunOptions options = {}) {
    static const std::vector<std::string> names{"map#1", "filter#1", "map#2", "flat_map#1", "tap#1", "filter#2", "flat_map#2", "for_each#1"};
    for (std::size_t who = 0; who < names.size(); ++who) {
        const Turn turn{who, n};
        auto job = weir::from(Source(source)) | weir::map(turn(0, same)) | weir::filter(turn(1, [](int x) { return x % 3 != 0; })) | middle
                       | weir::map(turn(2, same)) | weir::flat_map(turn(3, [](int x) { return std::vector(static_cast<std::size_t>(x % 3), x); }))
                       | weir::tap(turn(4, nothing)) | weir::filter(turn(5, [](int x) { return x % 2 == 0; }))
                       | weir::flat_map<int>(turn(6, [](int x, auto emit) { emit(x); })) | weir::for_each(turn(7, nothing));
        INFO(names[who]);
        CHECK(failure_of(std::move(job), options) == at_event(names[who], n));
    }
}

} // namespace

TEST_CASE("each operator of a chain, whatever reads it", "[threads]") {
    const auto all = numbers(20'000);
    for (const std::uint64_t n : {1U, 2U, 63U, 64U, 65U, 1000U, 1025U, 3000U}) {
        in_each_operator(all, weir::skip(0) | weir::skip(0), n);
        in_each_operator(Blocks{all, 100}, weir::skip(0), n);
        in_each_operator(OneByOne{20'000}, weir::skip(0), n);
        in_each_operator(all, weir::stage(), n);
        in_each_operator(all, weir::AnyChain<int, int>(weir::skip(0)), n);
    }
}

namespace {

using Part = weir::AnyChain<int, int>;

/// An operator whose function throws if it is its turn, and its name.
std::pair<std::string, Part> random_part(weir::Random& random, const Turn& turn, std::size_t me) {
    switch (random.below(7)) {
    case 0: return {"map#1", weir::map(turn(me, same))};
    case 1: return {"filter#1", weir::filter(turn(me, [](int x) { return x % 5 != 0; }))};
    case 2: return {"flat_map#1", weir::flat_map(turn(me, [](int x) { return std::vector(static_cast<std::size_t>(x % 3), x); }))};
    case 3: return {"tap#1", weir::tap(turn(me, nothing))};
    case 4: return {"scan#1", weir::scan(0, turn(me, [](int sum, int x) { return (sum + x) % 1000; }))};
    case 5: return {"distinct#1", weir::distinct(turn(me, same))};
    default: return {"flat_map#1", weir::flat_map<int>(turn(me, [](int x, auto emit) { emit(x); }))};
    }
}

} // namespace

TEST_CASE("random operators, one of which throws at a random event, with stages between them and without", "[threads]") {
    int failed = 0;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        weir::Random random(seed);
        const std::size_t who = random.below(4);
        const std::uint64_t n = 1 + random.below(2'000);
        std::vector<std::pair<std::string, Part>> parts;
        for (std::size_t i = 0; i < 4; ++i) parts.push_back(random_part(random, Turn{who, n}, i));
        const auto run = [&](auto source, auto between) {
            const std::string said = failure_of(std::move(source) | parts[0].second | parts[1].second | between | parts[2].second | parts[3].second | ignore);
            INFO("seed " << seed);
            if (not said.empty()) CHECK(said == at_event("AnyChain#" + std::to_string(who + 1) + "/" + parts[who].first, n));
            failed += said.empty() ? 0 : 1;
        };
        const Blocks blocks{numbers(3'000), 1 + random.below(300)};
        run(weir::from(Blocks(blocks)), weir::skip(0));
        run(weir::from(OneByOne{3'000}), weir::stage(1 + random.below(64)));
    }
    CHECK(failed > 150);
}

TEST_CASE("pure functions, whose events go in blocks, and a fold behind them") {
    const auto all = numbers(20'000);
    for (const std::uint64_t n : {1U, 2U, 63U, 64U, 65U, 1000U, 1025U, 4096U, 4097U}) {
        const auto from = static_cast<int>(n) - 1;
        const auto when = [from](int limit) { return weir::pure([from, limit](int x) { return x == from && limit == 0 ? throw Bad("bad price") : x; }); };
        const auto keeps = [from](bool throws) { return weir::pure([from, throws](int x) { return throws && x == from ? throw Bad("bad price") : true; }); };
        long sum = 0;
        CHECK(failure_of(weir::from(all) | weir::map(when(0)) | weir::filter(keeps(false)) | weir::fold_into(sum)) == at_event("map#1", n));
        CHECK(failure_of(weir::from(all) | weir::map(when(1)) | weir::filter(keeps(true)) | weir::fold_into(sum)) == at_event("filter#1", n));
        CHECK(failure_of(weir::from(all) | weir::map(when(1)) | weir::filter(keeps(true)) | ignore) == at_event("filter#1", n));
        CHECK(failure_of(weir::from(all) | weir::filter(keeps(false)) | weir::map(when(0)) | ignore) == at_event("map#1", n));
        CHECK(failure_of(weir::from(all) | weir::filter(keeps(false)) | weir::fold_into(sum, throws_at(n, [](long s, int x) { return s + x; }))) == at_event("fold_into#1", n));
        CHECK(failure_of(weir::from(all) | weir::map(same) | weir::fold_into(sum, throws_at(n, [](long s, int x) { return s + x; }))) == at_event("fold_into#1", n));
    }
}

TEST_CASE("copies of parallel are told apart, and who divides events by their keys", "[threads]") {
    const auto all = numbers(10'000);
    const auto sum = weir::reduce([](int, int b) { return b; });
    const auto map = [](std::uint64_t n) { return weir::map(bad_at(n, same)); };
    const auto one_key = [](int) { return 3; };
    const auto key = [](int x) { return x % 20; };
    const std::string copy = "parallel#1/copy#" + std::to_string(weir::detail::copy_of_key(3, 2) + 1) + "/map#1";
    for (const std::uint64_t n : {1U, 2U, 300U, 1000U}) {
        // Only one copy gets events, so its events are those of the stream.
        CHECK(failure_of(weir::from(all) | weir::key_by(one_key) | weir::parallel(2, sum | map(n)) | ignore) == at_event(copy, n));
        CHECK(failure_of(weir::from(Blocks{all, 100}) | weir::key_by(one_key) | weir::parallel(2, sum | map(n)) | ignore) == at_event(copy, n));
        CHECK(failure_of(weir::from(OneByOne{10'000}) | weir::parallel(1, weir::map(bad_at(n, same))) | ignore) == at_event("parallel#1/copy#1/map#1", n));
        CHECK(failure_of(weir::from(all) | weir::parallel(1, weir::map(bad_at(n, same)), weir::ordered) | ignore) == at_event("parallel#1/copy#1/map#1", n));
        CHECK(failure_of(weir::from(Blocks{all, 100}) | weir::key_by(bad_at(n, key)) | weir::parallel(2, sum) | ignore) == at_event("parallel#1", n));
        CHECK(failure_of(weir::from(OneByOne{10'000}) | weir::key_by(bad_at(n, key)) | weir::parallel(2, sum) | ignore) == at_event("parallel#1", n));
        CHECK(failure_of(weir::from(all) | weir::key_by(bad_at(n, key)) | weir::parallel(2, sum) | ignore) == at_event("parallel#1", n));
        CHECK(failure_of(weir::from(all) | weir::parallel(2, weir::map(same)) | weir::map(throws_at(n, same)) | ignore) == at_event("map#1", n));
    }
}

TEST_CASE("workers: the number is that of the stream, whoever had the part", "[threads]") {
    const auto all = numbers(10'000);
    const auto odd = [](int x) { return x % 2 == 1; };
    for (const std::uint64_t n : {2U, 64U, 1000U, 3334U, 9998U}) {
        const weir::RunOptions three{.workers = 3};
        CHECK(failure_of(weir::from(Splittable(all)) | weir::map(bad_at(n, same)) | weir::filter(odd) | ignore, three) == at_event("map#1", n));
        CHECK(failure_of(weir::from(Splittable(all)) | weir::filter(odd) | weir::map(bad_at(n, same)) | ignore, three) == at_event("map#1", n / 2));
        CHECK(failure_of(weir::from(Splittable(all)) | weir::map(same) | weir::for_each(bad_at(n, same)), three) == at_event("for_each#1", n));
        CHECK(failure_of(weir::from(Splittable(all)) | weir::filter(bad_at(n, odd)) | weir::key_by(same) | weir::aggregate(weir::sum()) | ignore, three) == at_event("filter#1", n));
    }
}
