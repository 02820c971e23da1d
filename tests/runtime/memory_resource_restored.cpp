// SPDX-License-Identifier: BSL-1.0
// RunOptions::resource and state that was loaded.
#include "allocations.hpp"
#include "catch.hpp"
#include "runtime/memory_resources.hpp"
#include "runtime/tasks.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace resources;
using std::chrono::seconds;

/// What the job has saved after so many of its events; its last task collects.
template <typename J>
weir::StateWriter saved_after(const J& job, std::size_t events) {
    weir::StateWriter state;
    Tasks<true> tasks((J(job)));
    const weir::detail::Checkpoints checkpoints(tasks.graph, [&](std::uint64_t, const weir::StateWriter& saved) { state = saved; });
    tasks.step(0, events);
    tasks[0].post({weir::Control::Kind::barrier, 1});
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks.settle(i);
    return state;
}

/// Jobs that go on from such a state, in as much memory as they need, and in less.
template <typename J>
void loads_into_its_resource(const char* which, const J& job) {
    CAPTURE(which);
    const weir::StateWriter state = saved_after(job, 2'000);
    REQUIRE(state.size() > 0);
    const auto load = [&](Counting& resource, std::size_t& made, std::size_t& loaded) {
        Tasks<true> tasks(J(job), weir::RunOptions{.resource = &resource});
        made = resource.blocks;
        weir::detail::load_graph(tasks.graph, state);
        loaded = resource.blocks;
        tasks.graph.prepare_report(); // which its first step would
        const std::size_t before = allocations;
        tasks.run_to_end();
        return allocations - before;
    };
    std::size_t made = 0, loaded = 0;
    Counting enough;
    CHECK(load(enough, made, loaded) == 0); // also what has been loaded grows there
    CHECK(loaded > made);
    CHECK(enough.bytes == 0);
    for (std::size_t n = made + 1; n <= loaded; ++n) {
        CAPTURE(n);
        Counting resource;
        resource.fails_at = n;
        std::string said;
        try {
            std::size_t none = 0;
            load(resource, none, none);
        } catch (const weir::ResourceExhausted& e) {
            said = e.what();
        }
        CHECK(said.substr(0, said.find(':')).find_first_of("#/") != said.npos);
        CHECK(resource.bytes == 0);
    }
}

} // namespace

TEST_CASE("loaded state lies in the resource of the job that it is loaded into") {
    const auto all = readings(5'000, 500), others = readings(900, 600);
    const auto timed = weir::from(all) | weir::event_time(time_of_reading);
    const auto end = weir::for_each([](const auto&) {});
    const auto keyed = timed | weir::key_by(&Reading::sensor);
    const auto left_of = [](const Reading& left, const auto&) { return left; };
    loads_into_its_resource("sort_by", weir::from(all) | weir::sort_by(&Reading::value) | end);
    loads_into_its_resource("by comparing", weir::from(all) | weir::sort_by(&Reading::sensor, [](std::uint64_t a, std::uint64_t b) { return a % 100 < b % 100; }) | end);
    loads_into_its_resource("top_n", weir::from(all) | weir::top_n(50, &Reading::value) | end);
    loads_into_its_resource("sample", weir::from(all) | weir::sample(50) | end);
    loads_into_its_resource("hash_join", weir::hash_join(weir::from(all) | weir::key_by(&Reading::sensor), weir::from(others) | weir::key_by(&Reading::sensor), [](const Reading& left, const Reading& right) { return left.value + right.value; }) | end);
    loads_into_its_resource("scan", keyed | weir::scan(0.0, [](double sum, const Reading& r) { return sum + r.value; }) | end);
    loads_into_its_resource("few keys", keyed | weir::deduplicate({.max_keys = 30, .at_max = weir::AtMaxKeys::evict, .ttl = seconds(10)}) | end);
    loads_into_its_resource("groups", keyed | weir::aggregate(weir::mean(&Reading::value)) | end);
    loads_into_its_resource("tumbling windows", keyed | weir::window(weir::tumbling(seconds(5))) | weir::aggregate(weir::mean(&Reading::value)) | end);
    loads_into_its_resource("sliding windows", keyed | weir::window(weir::sliding(seconds(5), seconds(1))) | weir::aggregate(weir::count()) | end);
    loads_into_its_resource("sessions", keyed | weir::window(weir::session(seconds(3))) | weir::aggregate(weir::count()) | end);
    loads_into_its_resource("count windows", keyed | weir::window(weir::count_window(10, 2)) | weir::aggregate(weir::mean(&Reading::value)) | end);
    loads_into_its_resource("distinct", timed | weir::distinct(&Reading::sensor, 50) | end);
    loads_into_its_resource("in_time_order", weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(seconds(3))) | weir::in_time_order() | end);
    loads_into_its_resource("micro_batch", timed | weir::micro_batch(64) | weir::unbatch() | end);
    loads_into_its_resource("suppress", keyed | weir::suppress(seconds(3)) | end);
    const auto remind = [](const Reading&, int& n, auto& context) { context.set_timer(context.time() + seconds(3)), ++n; };
    loads_into_its_resource("process_keyed", keyed | weir::process_keyed<int, int>(remind, [](weir::Timestamp, int& n, auto& context) { context.emit(n); }) | end);
    loads_into_its_resource("interval_join", weir::interval_join(keyed, keyed, weir::within(seconds(0), seconds(1)), left_of) | end);
    loads_into_its_resource("lookup_join", weir::lookup_join(keyed, keyed, left_of) | end);
}
