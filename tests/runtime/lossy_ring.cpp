// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

using weir::Overflow;
using weir::detail::LossyRing;

namespace {

/// A mutex that says whether anybody has it.
struct Watched {
    static inline int held = 0;
    std::mutex mutex;
    void lock() { mutex.lock(), ++held; }
    void unlock() { --held, mutex.unlock(); }
};
/// An event of which nothing happens under a lock.
struct Free {
    static inline int alive = 0;
    static inline int under_lock = 0;
    int n;
    explicit Free(int i) : n(i) { note(1); }
    Free(Free&& other) : n(other.n) { note(1); }
    ~Free() { note(-1); }
    static void note(int more) {
        alive += more;
        under_lock += Watched::held;
    }
};

} // namespace

TEST_CASE("what is full drops from its old end, and the rest keep their positions") {
    LossyRing<int> ring(3, Overflow::drop_oldest);
    for (int i = 0; i < 3; ++i) REQUIRE(ring.put(int{i}).dropped == 0);
    const auto put = ring.put(3);
    REQUIRE(put.dropped == 1);
    REQUIRE(put.first == 1);
    REQUIRE(ring.size() == 3);
    REQUIRE(ring.written() == 4);
    REQUIRE_FALSE(ring.take(1).event); // it stands at 1, not before
    for (int i = 1; i < 4; ++i) {
        const auto taken = ring.take(100);
        REQUIRE(taken.position == static_cast<std::uint64_t>(i));
        REQUIRE(taken.event == i);
    }
    const auto none = ring.take(100);
    REQUIRE_FALSE(none.event);
    REQUIRE(none.position == 4);
}

TEST_CASE("the latest alone is kept, of all that wait") {
    for (const std::size_t capacity : {1U, 2U, 5U}) {
        LossyRing<std::string> ring(capacity, Overflow::keep_latest);
        for (std::size_t i = 0; i < capacity; ++i) REQUIRE(ring.put(std::to_string(i)).dropped == 0);
        REQUIRE(ring.put("latest").dropped == capacity);
        REQUIRE(ring.size() == 1);
        const auto taken = ring.take(100);
        REQUIRE(taken.event == "latest");
        REQUIRE(taken.position == capacity);
    }
}

TEST_CASE("places are used again, whoever is faster") {
    for (const Overflow overflow : {Overflow::drop_oldest, Overflow::keep_latest})
        for (const std::size_t capacity : {1U, 2U, 7U}) {
            LossyRing<std::string> ring(capacity, overflow);
            std::uint64_t dropped = 0, taken = 0, last = 0;
            for (unsigned i = 1; i <= 1000; ++i) {
                dropped += ring.put(std::to_string(i)).dropped;
                for (unsigned n = i * i % 11 / 3; n > 0; --n)
                    if (const auto got = ring.take(2000); got.event) {
                        ++taken;
                        REQUIRE(std::stoull(*got.event) == got.position + 1);
                        REQUIRE(got.position + 1 > last);
                        last = got.position + 1;
                    }
                REQUIRE(ring.size() <= capacity);
                REQUIRE(dropped + taken + ring.size() == i);
            }
        }
}

TEST_CASE("events are made, moved and destroyed without the lock") {
    for (const Overflow overflow : {Overflow::drop_oldest, Overflow::keep_latest}) {
        LossyRing<Free, Watched> ring(4, overflow);
        for (int i = 0; i < 50; ++i) {
            ring.put(Free(i));
            if (i % 3 == 0) static_cast<void>(ring.take(100));
            REQUIRE(Free::alive == static_cast<int>(ring.size())); // what was dropped or taken is gone at once
        }
    }
    REQUIRE(Free::under_lock == 0);
    REQUIRE(Free::alive == 0);
}

TEST_CASE("an event whose move throws leaves the ring as it was, or is gone") {
    struct Throws {
        bool* now;
        explicit Throws(bool& when) : now(&when) {}
        Throws(Throws&& other) : now(other.now) {
            if (*now) throw std::runtime_error("not now");
        }
    };
    bool now = false;
    LossyRing<Throws> ring(2, Overflow::drop_oldest);
    ring.put(Throws(now));
    now = true;
    REQUIRE_THROWS(ring.put(Throws(now)));
    REQUIRE(ring.written() == 1);
    REQUIRE_THROWS(ring.take(100));
    REQUIRE(ring.size() == 0);
    now = false;
    for (int i = 0; i < 10; ++i) ring.put(Throws(now));
    REQUIRE(ring.take(100).position == 9);
}

TEST_CASE("each event is taken once, in order, or counted as dropped, beside a thread that writes", "[threads]") {
    for (const Overflow overflow : {Overflow::drop_oldest, Overflow::keep_latest}) {
        constexpr std::uint64_t all = 20'000;
        LossyRing<std::string> ring(8, overflow);
        std::uint64_t dropped = 0, taken = 0, last = 0;
        std::thread writer([&] {
            for (std::uint64_t i = 0; i < all; ++i) dropped += ring.put(std::to_string(i)).dropped;
        });
        bool in_order = true;
        for (std::uint64_t position = 0; position < all;) {
            const auto got = ring.take(all);
            position = got.position;
            if (not got.event) continue;
            ++position;
            in_order &= std::stoull(*got.event) == got.position && (taken++ == 0 || got.position > last);
            last = got.position;
        }
        writer.join();
        REQUIRE(in_order);
        REQUIRE(dropped + taken == all);
    }
}
