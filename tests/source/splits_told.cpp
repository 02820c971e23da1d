// SPDX-License-Identifier: BSL-1.0
// Splits that say when they have something: nobody asks them meanwhile, and nobody is forgotten.
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Entry {
    int split = 0;
    int number = 0;
};
using Queue = weir::MpscQueue<Entry>;

/// What happens to the splits of a client, told by any thread: they come and go, and get events.
class Client {
public:
    struct Moves {
        std::vector<int> added{};
        std::vector<int> removed{};
        bool ends = false;
    };
    std::shared_ptr<Queue> queue(int id) {
        const std::scoped_lock lock(mutex_);
        auto& queue = queues_[id];
        if (not queue) queue = std::make_shared<Queue>(1024);
        return queue;
    }
    void push(int id, int number) { queue(id)->push({id, number}); }
    void moves(Moves moves) { moves_.push(std::move(moves)); }
    weir::MpscQueue<Moves>& moves() noexcept { return moves_; }
    /// Behind something that happens, to those who do not hear it otherwise.
    void speak() { words_.push(0); }
    void speak(Moves moves) {
        moves_.push(std::move(moves));
        speak();
    }
    weir::MpscQueue<int>& words() noexcept { return words_; }

    std::atomic<std::uint64_t> polls{0};   // of splits
    std::atomic<std::uint64_t> changes{0}; // asked for
    std::atomic<std::uint64_t> given_back{0};

private:
    std::mutex mutex_;
    std::map<int, std::shared_ptr<Queue>> queues_;
    weir::MpscQueue<Moves> moves_{1024};
    weir::MpscQueue<int> words_{1024};
};

class Polled {
public:
    using event_type = Entry;
    Polled(Client& client, int id) : client_(&client), id_(id), queue_(client.queue(id)) {}
    [[nodiscard]] int id() const noexcept { return id_; }
    weir::Polled<Entry> poll() {
        client_->polls.fetch_add(1, std::memory_order_relaxed);
        const bool closed = queue_->closed();
        if (auto entry = queue_->try_pop()) return *entry;
        return closed ? weir::Polled<Entry>::ended() : weir::Polled<Entry>::nothing();
    }

protected:
    Client* client_;
    int id_;
    std::shared_ptr<Queue> queue_;
};
/// One that says when it has something.
struct Telling : Polled {
    using Polled::Polled;
    bool notify_readable(void (*fn)(void*), void* arg) { return queue_->notify_readable(fn, arg); }
    void cancel_notify_readable() { queue_->cancel_notify_readable(); }
};
/// One that a thread can wait for.
struct Waiting : Polled {
    using Polled::Polled;
    weir::Polled<Entry> next(std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
        client_->polls.fetch_add(1, std::memory_order_relaxed);
        return queue_->pop_until(stop, deadline);
    }
};

template <typename Split>
class Reader {
public:
    using split_type = Split;
    explicit Reader(Client& client) : client_(&client) {}
    weir::SplitChanges<Split, int> changes() {
        client_->changes.fetch_add(1, std::memory_order_relaxed);
        weir::SplitChanges<Split, int> changes{.ended = ended_};
        if (auto moves = client_->moves().try_pop()) {
            for (const int id : moves->added) changes.added.emplace_back(*client_, id);
            changes.removed = std::move(moves->removed);
            changes.ended = ended_ = moves->ends;
        }
        return changes;
    }
    void revoked(Split&&) { client_->given_back.fetch_add(1, std::memory_order_relaxed); }

protected:
    Client* client_;
    bool ended_ = false;
};
struct TellingReader : Reader<Telling> {
    using Reader::Reader;
    bool notify_readable(void (*fn)(void*), void* arg) { return client_->moves().notify_readable(fn, arg); }
    void cancel_notify_readable() { client_->moves().cancel_notify_readable(); }
};
/// Would ask a broker only once an hour.
struct LateReader : TellingReader {
    using TellingReader::TellingReader;
    weir::SplitChanges<Telling, int> changes() {
        auto changes = TellingReader::changes();
        changes.retry_in = client_->moves().size() == 0 ? weir::Duration(1h) : weir::Duration::zero();
        return changes;
    }
};
/// Tells of both by itself.
struct SpeakingReader : Reader<Polled> {
    using Reader::Reader;
    bool notify_readable(void (*fn)(void*), void* arg) {
        static_cast<void>(client_->words().try_pop());
        return client_->words().notify_readable(fn, arg);
    }
    void cancel_notify_readable() { client_->words().cancel_notify_readable(); }
};
/// Has one change and no more, so that only its splits are to be slept on.
template <typename Split>
struct TimedReader : Reader<Split> {
    using Reader<Split>::Reader;
    weir::SplitChanges<Split, int> changes() {
        auto changes = Reader<Split>::changes();
        changes.ended = not changes.added.empty();
        changes.retry_in = changes.ended ? weir::Duration::max() : weir::Duration::zero();
        return changes;
    }
};
/// Waits for all its splits, whatever these are.
struct WaitingReader : Reader<Polled> {
    using Reader::Reader;
    void wait(const std::stop_token& stop, std::chrono::steady_clock::time_point deadline) {
        client_->queue(1)->wait_readable(stop, deadline); // also at its end
    }
};

/// A job on a thread of its own, what came of it, and a look at it while it has nothing to do.
template <typename Source>
class Running {
public:
    Running(Client& client, bool pool) : client_(client), job_([this, pool](Source source) {
        weir::Pool two{2};
        weir::RunOptions options;
        if (pool) options.executor = &two;
        weir::run(weir::from_splits(std::move(source)) | weir::for_each([this](const Entry& entry) {
                      seen_.push_back(entry);
                      came_.release();
                  }), std::move(options));
    }, Source(client)) {}
    ~Running() {
        client_.moves({.ends = true});
        for (const int id : {1, 2, 3}) client_.queue(id)->close();
        join();
    }
    void join() {
        if (job_.joinable()) job_.join();
    }
    /// Until the next event has come.
    void wait() { came_.acquire(); }
    [[nodiscard]] const std::vector<Entry>& seen() const noexcept { return seen_; }

private:
    Client& client_;
    std::vector<Entry> seen_{};
    std::counting_semaphore<> came_{0};
    std::thread job_;
};

/// Whether there comes a while in which neither splits nor changes are asked for: not so where they are asked every millisecond.
bool comes_to_rest(const Client& client) {
    for (int look = 0; look < 100; ++look) {
        const std::uint64_t before = client.polls + client.changes;
        std::this_thread::sleep_for(100ms);
        if (client.polls + client.changes == before) return true;
    }
    return false;
}

template <typename Source>
void check_one_after_the_other(bool pool, bool asks_nobody) {
    Client client;
    client.moves({.added = {1, 2}});
    Running<Source> running(client, pool);
    for (int i = 0; i < 200; ++i) {
        client.push(1 + i % 2, i);
        running.wait(); // where a wake-up is lost it never comes
    }
    if (asks_nobody) CHECK(comes_to_rest(client));
    client.moves({.added = {3}, .removed = {1}});
    client.push(3, 200);
    running.wait();
    while (client.given_back == 0) std::this_thread::yield();
    client.push(1, -1); // nobody is told any more
    client.queue(2)->close();
    client.queue(3)->close();
    client.moves({.ends = true});
    running.join();
    CHECK(running.seen().size() == 201);
    CHECK(running.seen().back().number == 200);
}

template <typename Source>
void check_beside_another(bool pool, bool asks_nobody) {
    Client client;
    client.moves({.added = {1}});
    Queue other(16);
    std::counting_semaphore<> came(0);
    std::thread job([&] {
        weir::Pool two{2};
        weir::RunOptions options;
        if (pool) options.executor = &two;
        weir::run(weir::merge(weir::from_splits(Source(client)), weir::from(other)) | weir::for_each([&came](const Entry&) { came.release(); }), std::move(options));
    });
    for (int i = 0; i < 100; ++i) {
        if (i % 3 == 2) other.push({3, i});
        else client.push(1, i);
        came.acquire();
    }
    if (asks_nobody) CHECK(comes_to_rest(client));
    other.close();
    client.queue(1)->close();
    client.moves({.ends = true});
    job.join();
}

} // namespace

TEST_CASE("splits that tell are asked only when they have something, on a thread or in a pool", "[threads]") {
    check_one_after_the_other<TellingReader>(GENERATE(false, true), true);
}

TEST_CASE("splits that tell, of a source that does not: nobody waits a millisecond for them", "[threads]") {
    check_one_after_the_other<Reader<Telling>>(GENERATE(false, true), false);
}

TEST_CASE("splits that do not tell are asked again and again", "[threads]") {
    check_one_after_the_other<Reader<Polled>>(GENERATE(false, true), false);
    check_one_after_the_other<Reader<Waiting>>(GENERATE(false, true), false); // as there are two
}

TEST_CASE("a source that tells need not be asked before, whatever it says of when", "[threads]") {
    Client client;
    Running<LateReader> running(client, GENERATE(false, true));
    for (int i = 0; i < 100; ++i) {
        client.moves({.added = {1}});
        client.push(1, i);
        running.wait();
        client.moves({.removed = {1}});
    }
    CHECK(comes_to_rest(client));
}

TEST_CASE("a source may tell for its splits", "[threads]") {
    Client client;
    Running<SpeakingReader> running(client, GENERATE(false, true));
    client.speak({.added = {1, 2}});
    for (int i = 0; i < 200; ++i) {
        client.push(1 + i % 2, i);
        client.speak();
        running.wait();
    }
    CHECK(comes_to_rest(client));
    client.speak({.ends = true});
    client.queue(1)->close();
    client.queue(2)->close();
    client.speak();
    running.join();
}

TEST_CASE("a thread sleeps on the only split, if that can be waited for", "[threads]") {
    Client client;
    client.moves({.added = {1}});
    Running<TimedReader<Waiting>> running(client, false);
    for (int i = 0; i < 200; ++i) {
        client.push(1, i);
        running.wait();
    }
    CHECK(comes_to_rest(client));
    client.queue(1)->close();
}

TEST_CASE("a thread sleeps on the source, if that can be waited for", "[threads]") {
    Client client;
    client.moves({.added = {1}});
    Running<WaitingReader> running(client, false);
    for (int i = 0; i < 200; ++i) {
        client.push(1, i);
        running.wait();
    }
    CHECK(comes_to_rest(client));
    client.queue(1)->close();
    client.moves({.ends = true});
}

TEST_CASE("a pool asks again and again where there is nothing but a wait", "[threads]") {
    Client client;
    client.moves({.added = {1}});
    Running<TimedReader<Waiting>> running(client, true);
    for (int i = 0; i < 20; ++i) {
        client.push(1, i);
        running.wait();
    }
}

TEST_CASE("splits that tell, beside another input of a merge", "[threads]") {
    check_beside_another<TellingReader>(GENERATE(false, true), true);
}

TEST_CASE("splits that can only be waited for, beside another input of a merge, are asked again and again", "[threads]") {
    check_beside_another<TimedReader<Waiting>>(GENERATE(false, true), false);
}

TEST_CASE("splits that tell: in no order of steps is one forgotten while another task feeds them") {
    int early = 0; // runs in which it read something before the feeding task had ended
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Client client;
        weir::Simulation simulation(seed, {.max_steps = 100'000});
        int seen = 0;
        const auto feed = [&client, &seen, &early](int i) {
            if (i == 5) client.moves({.added = {1, 2}});
            if (i == 50) client.moves({.added = {3}, .removed = {1}});
            client.push(i < 50 ? 1 + i % 2 : 2 + i % 2, i);
            if (i != 99) return;
            early += seen > 0;
            client.queue(2)->close();
            client.queue(3)->close();
            client.moves({.ends = true});
        };
        std::map<int, int> last;
        const auto numbers = weir::from(weir::generate([i = 0]() mutable { return i == 100 ? std::nullopt : std::optional(i++); }));
        const auto feeding = numbers | weir::tap(feed) | weir::filter([](int) { return false; }) | weir::map([](int) { return Entry{}; }) | weir::stage(2);
        weir::run(weir::merge(weir::from_splits(TellingReader(client)), feeding) | weir::for_each([&](const Entry& entry) {
                      if (entry.number < last[entry.split]) FAIL("out of order");
                      last[entry.split] = entry.number;
                      ++seen;
                  }),
                  simulation.options()); // throws where nobody can go on
        REQUIRE(seen + static_cast<int>(client.queue(1)->size()) == 100); // some of it may have come when it was not ours any more
    }
    CHECK(early > 150); // where nobody listened there were a hundred, by steps that nothing asked for
}
