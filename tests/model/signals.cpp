// SPDX-License-Identifier: BSL-1.0
// The lane of a channel's signals as shipped, beside the ring of its events, in every way: a signal comes where it stands between the
// events, and none is waited for in vain. And with mistakes, each of which is found.
#include "catch.hpp"
#include "model/every_way.hpp"
#include "model/sleeper.hpp"

#include <weir/run/channel.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using model::Run;
using model::Sleeper;
using weir::Timestamp;

namespace {

/// A signal whose use by two threads at once is seen.
struct Signal : weir::detail::Signal {
    using Base = weir::detail::Signal;
    Signal() = default;
    Signal(const Base& base) : Base(base) {}
    Signal(const Signal& other) : Base(read(other)) {}
    Signal& operator=(const Signal& other) {
        Base::operator=(read(other));
        Run::current().touch(this, true);
        return *this;
    }
    ~Signal() = default;

private:
    static const Base& read(const Signal& other) {
        Run::current().touch(&other, false);
        return other;
    }
};
using Kind = Signal::Kind;

/// A lock that holds nobody up.
struct Open : model::Machine {
    struct mutex {
        void lock() noexcept {}
        void unlock() noexcept {}
    };
};

enum class Mistake : unsigned char {
    none,
    lane_first,  // the reader looks how far the signals let it read before it looks how many events there are
    event_first, // the writer says that a signal stands behind an event when the next one is out already
    untold,      // nobody is told of a signal
    reach_first  // the reader looks how far the stream is when it has seen that there are no events
};

constexpr Timestamp at(int n) { return Timestamp(weir::Duration(n)); }

template <typename M>
struct Channel {
    explicit Channel(std::size_t capacity) : ring(capacity) { reader.attach(reading), writer.attach(writing); }
    weir::SpscQueue<model::Watched, M> ring;
    weir::detail::SignalLane<Signal, M> lane;
    weir::detail::BasicPeerWait<model::Machine, Sleeper> reader, writer;
    Sleeper reading, writing;
    int heard = 0; // the watermark
    int read = 0;  // the last event

    void write(int event, bool told = true) {
        for (;;) {
            if (auto claim = ring.claim(1); not claim.is_full()) {
                claim.emplace_back(event);
                claim.publish();
                break;
            }
            writer.announce();
            if (ring.room(1) == 0) writing.sleep();
            else writer.cancel();
        }
        if (told) reader.notify();
    }
    void say(Kind kind, int time = 0, std::optional<std::uint64_t> place = {}, bool told = true) {
        lane.put(weir::detail::Signal{kind, place ? *place : ring.pushed(), at(time), 0, 0});
        if (told) reader.notify();
    }

    void take_event(const model::Watched& event) {
        if (event.value() != read + 1) Run::current().fail("an event is lost, doubled or out of order");
        read = event.value();
        if (heard != read - 1) Run::current().fail("an event comes before what stood before it, or behind what did not");
    }
    void hear(int time) {
        if (time > read) Run::current().fail("a watermark comes before an event that stood before it");
        heard = std::max(heard, time);
    }
    [[nodiscard]] std::uint64_t next_signal() const { return first == last ? lane.next_at() : ahead[first].at; }
    std::optional<Signal> take_signal(std::uint64_t position) {
        if (next_signal() > position) return std::nullopt;
        if (first == last) {
            first = 0;
            last = lane.take_some(ahead);
        }
        return ahead[first++];
    }
    /// As ChannelInput does; true: it has ended.
    bool drive(Mistake mistake) {
        for (;;) {
            bool moved = false;
            const std::uint64_t position = ring.popped();
            Timestamp reached = lane.reached();
            while (const auto signal = take_signal(position)) {
                if (signal->kind == Kind::end) return true;
                hear(static_cast<int>(signal->time.time_since_epoch().count()));
                moved = true;
            }
            if (moved) return false;
            std::uint64_t next = mistake == Mistake::lane_first ? next_signal() : 0;
            const std::uint64_t pushed = position + ring.events(1);
            if (mistake != Mistake::lane_first) next = next_signal();
            const auto events = ring.readable(static_cast<std::size_t>(pushed - position));
            if (not events.empty()) {
                for (std::uint64_t at = position; at != pushed; ++at) {
                    while (next == at) {
                        hear(static_cast<int>(take_signal(at)->time.time_since_epoch().count()));
                        next = next_signal();
                    }
                    take_event(events[static_cast<std::size_t>(at - position)]);
                }
                ring.release(events.size());
                writer.notify();
                return false;
            }
            if (mistake == Mistake::reach_first) reached = lane.reached();
            if (reached > at(heard) && pushed == position && next_signal() == lane.none) return hear(static_cast<int>(reached.time_since_epoch().count())), false;
            reader.announce();
            if (next_signal() > position && lane.reached() <= at(heard) && ring.pushed() == ring.popped()) reading.sleep();
            else reader.cancel();
        }
    }

    std::array<Signal, 2> ahead{};
    std::size_t first = 0, last = 0;
};

template <typename M>
auto reads(std::shared_ptr<Channel<M>> channel, int n, Mistake mistake) {
    return [=] {
        while (not channel->drive(mistake)) {}
        if (channel->read != n || channel->heard != n) Run::current().fail("it ends before all has come");
    };
}

/// n events, a watermark behind each.
template <typename M>
auto marked(std::size_t capacity, int n, Mistake mistake = Mistake::none) {
    return [=](Run& run) {
        const auto channel = std::make_shared<Channel<M>>(capacity);
        run.thread([=] {
            for (int i = 1; i <= n; ++i) {
                channel->write(i);
                if (mistake != Mistake::event_first) channel->say(Kind::watermark, i, {}, mistake != Mistake::untold);
                else if (i > 1) channel->say(Kind::watermark, i - 1, static_cast<std::uint64_t>(i - 1));
            }
            if (mistake == Mistake::event_first) channel->say(Kind::watermark, n);
            channel->say(Kind::end, 0, {}, mistake != Mistake::untold);
        });
        run.thread(reads(channel, n, mistake));
    };
}

/// The same, where events are published together, and their watermarks before them.
template <typename M>
auto marked_together(int n, Mistake mistake = Mistake::none) {
    return [=](Run& run) {
        const auto channel = std::make_shared<Channel<M>>(4);
        run.thread([=] {
            const auto some = static_cast<std::size_t>(n);
            std::vector<Signal> marks;
            {
                auto claim = channel->ring.claim(some);
                for (int i = 1; i <= n; ++i) {
                    claim.emplace_back(i);
                    marks.push_back(weir::detail::Signal{Kind::watermark, static_cast<std::uint64_t>(i), at(i), 0, 0});
                }
                if (mistake != Mistake::event_first) channel->lane.put(marks);
                claim.publish();
            }
            if (mistake == Mistake::event_first) channel->lane.put(marks);
            channel->reader.notify();
            channel->say(Kind::end);
        });
        run.thread(reads(channel, n, mistake));
    };
}

/// n events, and how far the stream is behind each is only shown to who has nothing else to read.
template <typename M>
auto shown(int n, Mistake mistake = Mistake::none) {
    return [=](Run& run) {
        const auto channel = std::make_shared<Channel<M>>(4);
        run.thread([=] {
            for (int i = 1; i <= n; ++i) {
                if (i > 1) channel->say(Kind::watermark, i - 1); // with the next event it is told, too
                channel->write(i, false);
                channel->lane.reach(at(i));
                channel->reader.notify();
            }
            channel->say(Kind::watermark, n);
            channel->say(Kind::end);
        });
        run.thread(reads(channel, n, mistake));
    };
}

/// n events through a ring that drops the oldest, a watermark behind each: what is left of them stands where it stood.
template <typename M>
auto dropping(std::size_t capacity, int n, Mistake mistake = Mistake::none) {
    return [=](Run& run) {
        struct Lossy {
            explicit Lossy(std::size_t room) : ring(room, weir::Overflow::drop_oldest) { reader.attach(reading); }
            weir::detail::LossyRing<int, typename M::mutex> ring;
            weir::detail::SignalLane<Signal, M> lane;
            weir::detail::BasicPeerWait<model::Machine, Sleeper> reader;
            Sleeper reading;
            std::uint64_t dropped = 0;
        };
        const auto channel = std::make_shared<Lossy>(capacity);
        run.thread([=] {
            for (int i = 1; i <= n; ++i) {
                const auto put = channel->ring.put(int(i));
                channel->dropped += put.dropped;
                if (put.dropped != 0) channel->lane.close_gap(put.first);
                channel->lane.put(weir::detail::Signal{Kind::watermark, channel->ring.written(), at(i), 0, 0});
                channel->reader.notify();
            }
            channel->lane.put(weir::detail::Signal{Kind::end, channel->ring.written(), {}, 0, 0});
            channel->reader.notify();
        });
        const auto taken = std::make_shared<std::size_t>(0);
        run.thread([=, &run] {
            int heard = 0, read = 0;
            for (;;) { // as ChannelInput does
                std::uint64_t next = mistake == Mistake::lane_first ? channel->lane.next_at() : 0;
                const std::uint64_t written = channel->ring.written();
                if (mistake != Mistake::lane_first) next = channel->lane.next_at();
                const auto event = channel->ring.take(std::min(written, next));
                if (event.event) {
                    if (*event.event <= read) run.fail("an event is doubled or out of order");
                    read = *event.event;
                    if (heard != read - 1) run.fail("an event comes before what stood before it, or behind what did not");
                    ++*taken;
                    continue;
                }
                bool any = false;
                while (const auto signal = channel->lane.take(event.position)) {
                    any = true;
                    if (signal->kind == Kind::end) {
                        if (heard != n) run.fail("it ends before all has come");
                        return;
                    }
                    heard = static_cast<int>(signal->time.time_since_epoch().count());
                }
                if (any) continue;
                channel->reader.announce();
                if (channel->lane.next_at() == channel->lane.none && channel->ring.written() == event.position) channel->reading.sleep();
                else channel->reader.cancel();
            }
        });
        run.finally([=, &run] {
            if (*taken + channel->dropped != static_cast<std::size_t>(n)) run.fail("lost or doubled");
        });
    };
}

template <typename Make>
void holds(Make make, const model::Bounds& bounds = {.preemptions = 1, .stale = 1}) { model::check_every_way(make, bounds); }
using model::failure_of;

} // namespace

TEMPLATE_TEST_CASE("every way: a signal comes where it stands between the events, and is not waited for in vain", "", model::Machine, model::PlainMachine) {
    holds(marked<TestType>(2, 2));
    holds(marked<TestType>(1, 2)); // its writer waits, too
    holds(marked_together<TestType>(3));
}

TEST_CASE("every way: how far the stream is is heard behind all that was written before") {
    holds(shown<model::Machine>(2));
}

TEST_CASE("every way: where events are dropped signals stand between those that are left") {
    holds(dropping<model::Machine>(1, 3));
    holds(dropping<model::Machine>(2, 3));
}

TEST_CASE("every way, further: signals beside events", "[soak]") {
    constexpr model::Bounds more{.preemptions = 2, .stale = 1};
    holds(marked<model::Machine>(2, 2), more);
    holds(marked<model::PlainMachine>(1, 2), more);
    holds(shown<model::Machine>(2), more);
    holds(dropping<model::Machine>(1, 3), more);
    holds(dropping<model::Machine>(2, 3), more);
}

TEST_CASE("planted: mistakes with signals are found") {
    using model::Machine;
    CHECK_THAT(failure_of(marked<Machine>(2, 2, Mistake::lane_first)), Catch::StartsWith("an event comes before"));
    CHECK_THAT(failure_of(marked<Machine>(2, 2, Mistake::event_first)), Catch::StartsWith("an event comes before"));
    CHECK_THAT(failure_of(marked_together<Machine>(2, Mistake::event_first)), Catch::StartsWith("an event comes before"));
    CHECK_THAT(failure_of(marked<Machine>(2, 2, Mistake::untold)), Catch::StartsWith("they sleep for ever, threads 2"));
    CHECK_THAT(failure_of(shown<Machine>(2, Mistake::reach_first)), Catch::StartsWith("a watermark comes before"));
    CHECK_THAT(failure_of(marked<Open>(2, 2)), Catch::StartsWith("a race"));
    CHECK_THAT(failure_of(dropping<Machine>(2, 2, Mistake::lane_first)), Catch::StartsWith("an event comes before"));
}
