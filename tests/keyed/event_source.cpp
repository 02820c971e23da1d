// SPDX-License-Identifier: BSL-1.0
// Windows and groups behind a source that gives one event at a time, and may be long in giving the next: what they put off is seen by nobody.
#include "catch.hpp"
#include "runtime/tasks.hpp"

#include <weir/run/checkpoints.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct In {
    int key;
    std::int64_t time; // ms
    std::int64_t value;
};
weir::Timestamp time_of(const In& in) { return weir::Timestamp(std::chrono::milliseconds(in.time)); }

std::vector<In> random_events(std::uint64_t seed, std::size_t n) {
    weir::Random random(seed);
    std::vector<In> events;
    const std::uint64_t keys = 1 + random.below(60);
    for (std::size_t i = 0; i < n; ++i)
        events.push_back({static_cast<int>(random.below(keys)), static_cast<std::int64_t>(i + random.below(20)), static_cast<std::int64_t>(random.below(1000))});
    return events;
}

/// An EventSource: next() may block. asked: how often it has been asked.
class OneByOne {
public:
    using event_type = In;
    static constexpr bool bounded = true;
    OneByOne(const std::vector<In>& events, std::size_t& asked) : events_(&events), asked_(&asked) {}
    std::optional<In> next() {
        ++*asked_;
        if (at_ == events_->size()) return std::nullopt;
        return (*events_)[at_++];
    }
    [[nodiscard]] std::size_t position() const { return at_; }
    void seek(std::size_t position) { at_ = position; }

private:
    const std::vector<In>* events_;
    std::size_t* asked_;
    std::size_t at_ = 0;
};

const auto timed = [] { return weir::event_time(time_of, weir::bounded_disorder(5ms)); };
constexpr auto half = [](const In& in) { return in.value / 2; };

/// Calls fn with chains from events with times to rows with a key and numbers.
template <typename Fn>
void each_chain(Fn&& fn) {
    const auto over = [&fn](auto window) {
        fn(timed() | weir::key_by(&In::key) | window | weir::aggregate(weir::count(), weir::sum(&In::value)));
    };
    fn(timed() | weir::key_by(&In::key) | weir::window(weir::tumbling(50ms)) | weir::aggregate(weir::sum(half), weir::max(&In::value)));
    fn(timed() | weir::key_by([](const In& in) { return in.key % 7; }) | weir::window(weir::tumbling(50ms)) | weir::aggregate(weir::mean(&In::value), weir::min(&In::value)));
    over(weir::window(weir::tumbling(50ms)));
    over(weir::window(weir::tumbling(50ms).allowed_lateness(10ms)));
    over(weir::window(weir::sliding(60ms, 20ms)));
    over(weir::window(weir::session(4ms)));
    fn(weir::key_by(&In::key) | weir::aggregate(weir::count(), weir::sum(&In::value)));
}

/// Rows in order, and the Report, as text.
template <typename Source, typename Chain>
std::vector<std::string> seen(Source source, Chain chain) {
    std::vector<std::string> all;
    const weir::Report report = weir::run(weir::from(std::move(source)) | std::move(chain) | weir::for_each([&all](const auto& row) {
                                    all.push_back(fmt::format("{} {} {}", row.key, std::get<0>(row.value), std::get<1>(row.value)));
                                }));
    CHECK(weir::detail::wrong_counts(report) == "");
    for (const weir::OperatorReport& row : report.operators) all.push_back(fmt::format("{} {} {} {}", row.name, row.in, row.out, row.held));
    return all;
}

} // namespace

TEST_CASE("one event at a time: the rows and the Report are those of spans") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const std::vector<In> events = random_events(seed, 50 + 100 * seed);
        std::size_t asked = 0;
        each_chain([&](const auto& chain) { CHECK(seen(OneByOne(events, asked), chain) == seen(events, chain)); });
        CHECK(asked == 7 * (events.size() + 1));
    }
}

TEST_CASE("one event at a time: a function that throws ends the job before the source is asked again") {
    const std::vector<In> events = random_events(3, 300);
    const auto fails_at = [&](std::size_t nth, auto chain_of) {
        std::size_t asked = 0;
        const auto check = [&events, nth](const In& in) {
            if (in.time == events[nth].time && in.value == events[nth].value) throw std::runtime_error("bad");
            return in.value;
        };
        CHECK_THROWS_AS(weir::run(weir::from(OneByOne(events, asked)) | chain_of(check) | weir::for_each([](const auto&) {})), std::runtime_error);
        CHECK(asked == nth + 1);
    };
    for (const std::size_t nth : {0U, 1U, 70U, 201U}) {
        fails_at(nth, [](auto check) { return timed() | weir::key_by(&In::key) | weir::window(weir::tumbling(1s)) | weir::aggregate(weir::count(), weir::sum(check)); });
        fails_at(nth, [](auto check) { return timed() | weir::key_by(&In::key) | weir::window(weir::sliding(1s, 100ms)) | weir::aggregate(weir::sum(weir::pure(check))); });
        fails_at(nth, [](auto check) { return timed() | weir::key_by([check](const In& in) { return check(in) % 3; }) | weir::window(weir::tumbling(1s)) | weir::aggregate(weir::count()); });
        fails_at(nth, [](auto check) { return weir::key_by(&In::key) | weir::aggregate(weir::max(check)); });
    }
}

TEST_CASE("one event at a time: a checkpoint has all that came before it") {
    const std::vector<In> events = random_events(5, 400);
    std::size_t asked = 0;
    each_chain([&](const auto& chain) {
        const auto job = [&](std::vector<std::string>& rows) {
            return weir::from(OneByOne(events, asked)) | chain | weir::for_each([&rows](const auto& row) { rows.push_back(fmt::format("{} {} {}", row.key, std::get<0>(row.value), std::get<1>(row.value))); });
        };
        std::vector<std::string> truth;
        weir::run(job(truth));
        for (const std::uint64_t n : {1U, 30U, 64U, 65U, 200U, 399U}) {
            std::vector<std::string> rows;
            weir::StateWriter state;
            {
                Tasks<true> tasks(job(rows));
                weir::detail::Checkpoints checkpoints(tasks.graph, [&state](std::uint64_t, const weir::StateWriter& saved) { state = saved; });
                tasks.step(0, n);
                tasks[0].post({weir::Control::Kind::barrier, 1});
                tasks.step(0, 1); // what comes behind the barrier is not in it
            }
            rows.resize(std::min(rows.size(), truth.size()));
            std::vector<std::string> behind;
            Tasks<true> tasks(job(behind));
            weir::detail::load_graph(tasks.graph, state);
            tasks.run_to_end();
            REQUIRE(behind.size() <= truth.size());
            CHECK(std::vector<std::string>(truth.end() - static_cast<std::ptrdiff_t>(behind.size()), truth.end()) == behind);
            CHECK(rows.size() + behind.size() >= truth.size());
        }
    });
}

TEST_CASE("one event at a time: after a stop windows hold all that was read") {
    const std::vector<In> events = random_events(7, 5000);
    for (const std::size_t at : {1U, 40U, 64U, 1090U}) {
        std::stop_source stop;
        struct Stopping : OneByOne {
            std::stop_source* stop;
            std::size_t at;
            std::optional<In> next() {
                if (position() + 1 == at) stop->request_stop();
                return OneByOne::next();
            }
        };
        std::size_t asked = 0;
        Stopping source{OneByOne(events, asked), &stop, at};
        const weir::Report report = weir::run(weir::from(source) | timed() | weir::key_by(&In::key) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count(), weir::sum(&In::value)) | weir::for_each([](const auto&) {}),
                                              {.stop = stop.get_token()});
        CHECK(weir::detail::wrong_counts(report) == "");
        CHECK(source.position() < events.size());
        CHECK(report.at("aggregate#1").in == source.position());
        CHECK(report.at("aggregate#1").held == source.position());
    }
}
