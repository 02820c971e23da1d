// SPDX-License-Identifier: BSL-1.0
// Question: what does a stage cost, and what does it bring: for each event, there and back, two stages on two cores, and while nothing
// happens? (Options: rounds.hpp. How late events come: latency.cpp.)
// Needs two processors that nobody else uses: elsewhere look at the least figures. Threads are placed by the system, ours and the
// peers'. "spins": on a full or empty queue one pause and again. What it takes while nothing happens is printed only.
#include "queue_peers.hpp"
#include "rounds.hpp"
#include "work.hpp"

#include <weir/weir.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

namespace {

using work::beside;
using work::Event;
using work::steps_of;
constexpr std::size_t slots = 4096; // as a stage has

template <typename Ring, typename Of>
std::uint64_t item_by_item(const std::vector<Event>& in, Of of) {
    const auto held = std::make_unique<Ring>(slots);
    Ring& ring = *held;
    return beside(
        [&] {
            for (const Event e : in)
                for (Event out = of(e); not ring.try_put(out);) weir::StdAtomics::pause();
        },
        [&ring, of, n = in.size()]() mutable {
            std::uint64_t sum = 0;
            Event e{};
            for (; n != 0; --n) {
                while (not ring.try_get(e)) weir::StdAtomics::pause();
                sum += of(e);
            }
            return sum;
        });
}

template <typename Of>
std::uint64_t span_by_span(const std::vector<Event>& in, std::size_t length, Of of) {
    const auto held = std::make_unique<peers::SpanRing<Event>>(slots);
    peers::SpanRing<Event>& ring = *held;
    return beside(
        [&] {
            for (std::size_t at = 0; at != in.size();) {
                const std::span<Event> room = ring.room(std::min(length, in.size() - at));
                if (room.empty()) weir::StdAtomics::pause();
                for (Event& e : room) e = of(in[at++]);
                ring.publish(room.size());
            }
        },
        [&ring, of, n = in.size()]() mutable {
            std::uint64_t sum = 0;
            while (n != 0) {
                const std::span<const Event> events = ring.events();
                if (events.empty()) weir::StdAtomics::pause();
                for (const Event e : events) sum += of(e);
                ring.release(events.size());
                n -= events.size();
            }
            return sum;
        });
}

std::vector<rounds::Variant> hand_over(std::size_t n) {
    const auto in = std::make_shared<std::vector<Event>>(n);
    for (std::size_t i = 0; i < n; ++i) (*in)[i] = i * 7;
    const auto same = [](Event e) { return e; };
    const auto sum_behind = [in](auto chain) {
        return [in, chain] {
            Event sum = 0;
            weir::run(weir::from(std::as_const(*in)) | chain | weir::fold_into(sum));
            return sum;
        };
    };
    return {
        {"bare span ring, spins", [=] { return span_by_span(*in, 256, same); }},
        {"from | stage | fold_into", sum_behind(weir::stage({.capacity = slots}))},
        {"from | stage | fold_into, spins", sum_behind(weir::stage({.capacity = slots, .wait = weir::Wait::spin}))},
        {"from | map | stage | fold_into", sum_behind(weir::map(same) | weir::stage({.capacity = slots}))},
        {"boost spsc_queue bulk, spins", [=] {
#ifdef PEER_BOOST
             const auto held = std::make_unique<peers::BoostSpsc<Event>>(slots);
             peers::BoostSpsc<Event>& queue = *held;
             return beside(
                 [&] {
                     for (std::size_t at = 0; at != n;) at += queue.put_n(in->data() + at, std::min<std::size_t>(256, n - at));
                 },
                 [&queue, n] {
                     std::array<Event, 256> some{};
                     std::uint64_t sum = 0;
                     for (std::size_t left = n; left != 0;) {
                         const std::size_t got = queue.get_n(some.data(), some.size());
                         if (got == 0) weir::StdAtomics::pause();
                         for (std::size_t i = 0; i < got; ++i) sum += some[i];
                         left -= got;
                     }
                     return sum;
                 });
#else
             return span_by_span(*in, 256, same);
#endif
         }},
#ifdef PEER_RIGTORP
        {"rigtorp::SPSCQueue item by item, spins", [=] { return item_by_item<peers::Rigtorp<Event>>(*in, same); }},
#endif
        {"cached-index ring item by item, spins", [=] { return item_by_item<peers::CachedIndexRing<Event>>(*in, same); }},
    };
}

/// An event, its time, and the watermark before it.
struct Timed {
    Event value;
    weir::Timestamp time;
    weir::Timestamp mark;
};

std::uint64_t timed_by_hand(const std::vector<Event>& in) {
    const auto held = std::make_unique<peers::SpanRing<Timed>>(slots);
    peers::SpanRing<Timed>& ring = *held;
    return beside(
        [&] {
            weir::Timestamp mark = weir::min_time;
            for (std::size_t at = 0; at != in.size();) {
                const std::span<Timed> room = ring.room(std::min<std::size_t>(256, in.size() - at));
                if (room.empty()) weir::StdAtomics::pause();
                for (Timed& e : room) {
                    e = {in[at], weir::Timestamp(weir::Duration(in[at])), mark};
                    mark = std::max(mark, e.time);
                    ++at;
                }
                ring.publish(room.size());
            }
        },
        [&ring, n = in.size()]() mutable {
            std::uint64_t sum = 0;
            weir::Timestamp mark = weir::min_time;
            while (n != 0) {
                const std::span<const Timed> events = ring.events();
                if (events.empty()) weir::StdAtomics::pause();
                for (const Timed& e : events) {
                    mark = std::max(mark, e.mark);
                    sum += e.time > mark ? e.value : 0;
                }
                ring.release(events.size());
                n -= events.size();
            }
            return sum;
        });
}

/// A watermark rises with each event, and goes along.
std::vector<rounds::Variant> timed(std::size_t n) {
    const auto in = std::make_shared<std::vector<Event>>(n);
    for (std::size_t i = 0; i < n; ++i) (*in)[i] = i * 7 + 1;
    const auto event_time = weir::event_time([](Event e) { return weir::Timestamp(weir::Duration(e)); });
    const auto sum_behind = [in](auto chain) {
        return [in, chain] {
            Event sum = 0;
            weir::run(weir::from(std::as_const(*in)) | chain | weir::drop_late() | weir::fold_into(sum));
            return sum;
        };
    };
    return {
        {"bare span ring of events, times and marks, spins", [=] { return timed_by_hand(*in); }},
        {"from | event_time | stage | drop_late | fold_into", sum_behind(event_time | weir::stage({.capacity = slots}))},
        {"from | stage | event_time | drop_late | fold_into", sum_behind(weir::stage({.capacity = slots}) | event_time)},
    };
}

std::vector<rounds::Variant> balanced(std::size_t n) {
    const auto in = std::make_shared<std::vector<Event>>(n);
    for (std::size_t i = 0; i < n; ++i) (*in)[i] = i;
    const int steps = steps_of(100);
    const auto half = [steps](Event e) { return work::of(e, steps); };
    return {
        {"one core, a loop", [=] {
             std::uint64_t sum = 0;
             for (const Event e : *in) sum += half(half(e));
             return sum;
         }},
        {"one core, from | map | map | fold_into", [=] {
             Event sum = 0;
             weir::run(weir::from(std::as_const(*in)) | weir::map(half) | weir::map(half) | weir::fold_into(sum));
             return sum;
         }},
        {"from | map | stage | map | fold_into", [=] {
             Event sum = 0;
             weir::run(weir::from(std::as_const(*in)) | weir::map(half) | weir::stage({.capacity = slots}) | weir::map(half) | weir::fold_into(sum));
             return sum;
         }},
        {"bare span ring, spins", [=] { return span_by_span(*in, 16, half); }},
    };
}

/// An event once the last has arrived.
struct Ping {
    using event_type = Event;
    std::shared_ptr<std::atomic<Event>> back;
    Event last;
    Event sent = 0;
    std::optional<Event> next() {
        while (back->load(std::memory_order_acquire) != sent) weir::StdAtomics::pause();
        if (sent == last) return std::nullopt;
        return ++sent;
    }
};

template <typename Ring>
std::uint64_t round_trips(Event n) {
    struct alignas(64) Back {
        std::atomic<Event> last{0};
    };
    const auto held = std::make_unique<Ring>(slots);
    const auto answer = std::make_unique<Back>();
    Ring& there = *held;
    std::atomic<Event>& back = answer->last;
    return beside(
        [&] {
            for (Event i = 1; i <= n; ++i) {
                for (Event e = i; not there.try_put(e);) weir::StdAtomics::pause();
                while (back.load(std::memory_order_acquire) != i) weir::StdAtomics::pause();
            }
        },
        [&there, &back, n] {
            Event e{};
            for (Event i = 1; i <= n; ++i) {
                while (not there.try_get(e)) weir::StdAtomics::pause();
                back.store(e, std::memory_order_release);
            }
            return n;
        });
}

std::vector<rounds::Variant> trips(std::size_t n) {
    const auto staged = [n](weir::Wait wait) {
        return [n, wait] {
            const auto back = std::make_shared<std::atomic<Event>>(0);
            weir::run(weir::from(Ping{back, n}) | weir::stage({.capacity = slots, .wait = wait}) |
                      weir::for_each([&to = *back](Event e) { to.store(e, std::memory_order_release); }));
            return std::uint64_t{n};
        };
    };
    return {
        {"cached-index ring, spins", [n] { return round_trips<peers::CachedIndexRing<Event>>(n); }},
        {"from | stage | for_each, spins", staged(weir::Wait::spin)},
        {"from | stage | for_each, yields", staged(weir::Wait::yield)},
        {"from | stage | for_each", staged(weir::Wait::sleep)},
#ifdef PEER_RIGTORP
        {"rigtorp::SPSCQueue, spins", [n] { return round_trips<peers::Rigtorp<Event>>(n); }},
#endif
#ifdef PEER_BOOST
        {"boost spsc_queue, spins", [n] { return round_trips<peers::BoostSpsc<Event>>(n); }},
#endif
#ifdef PEER_RWQ
        {"moodycamel RWQ, spins", [n] { return round_trips<peers::ReaderWriter<Event>>(n); }},
#endif
    };
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
    return of(used.ru_utime) + of(used.ru_stime);
}

void idle(double scale) {
    std::printf("\nprocessor time of a job with a stage, share of one core\n");
    for (const int rate : {0, 100, 1000}) {
        weir::SpscQueue<Event> queue{slots};
        weir::Job job = weir::start(weir::from(queue) | weir::stage() | weir::for_each([](Event) {}));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const double start = rounds::seconds(), cpu = cpu_seconds();
        const double until = start + scale;
        while (rounds::seconds() < until) {
            if (rate != 0) queue.push(1);
            std::this_thread::sleep_for(rate == 0 ? std::chrono::microseconds(100'000) : std::chrono::microseconds(1'000'000 / rate));
        }
        std::printf("  %4d events/s (and the thread that sends them) %6.2f %%\n", rate, 100 * (cpu_seconds() - cpu) / (rounds::seconds() - start));
        queue.close();
        job.wait();
    }
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    groups.push_back({"hand-over of 8-byte events", hand_over, 1});
    groups.push_back({"hand-over of events with times", timed, 0.5});
    groups.push_back({"two stages of 100 ns", balanced, 0.1});
    groups.push_back({"round trip", trips, 0.025});
    const rounds::Options given = rounds::options(argc, argv);
    if (not given.json && given.wants("idle")) idle(given.scale);
    return rounds::main(argc, argv, std::move(groups), 8e6);
}
