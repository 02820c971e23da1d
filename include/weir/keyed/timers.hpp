// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/key_options.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace weir::detail {

/// By which clock a timer fires.
enum class Domain : unsigned char { event_time, processing_time };

/// What is kept for a key with timers.
template <typename State>
struct TimedState {
    struct Timer {
        Timestamp at;
        std::uint64_t order;
    };
    State state{};
    JobVector<Timer> by_watermark{};
    JobVector<Timer> by_clock{};
    bool cleared = false; // only while the user's function runs

    [[nodiscard]] JobVector<Timer>& timers(Domain domain) noexcept { return domain == Domain::event_time ? by_watermark : by_clock; }
    [[nodiscard]] bool stays() const noexcept { return not by_watermark.empty() || not by_clock.empty(); }
    void reset_keeping_memory() {
        state = State{};
        by_watermark.clear();
        by_clock.clear();
        cleared = false;
    }
    static constexpr auto fields() {
        return weir::fields("state", &TimedState::state, "by_watermark", &TimedState::by_watermark, "by_clock", &TimedState::by_clock);
    }
};

/// The state of each key, and the times at which a key wants to be called: for operators of the user's own.
///     A timer is one of its key and time: set twice it fires once. Timers fire by time, then in the order in which they were set.
///     A key is forgotten when its state has been cleared and no timer is left; when it has grown too old, but not before its timers
///     have fired; and, where keys are evicted, in its turn, with its timers.
template <typename Key, typename State>
class KeyStates {
    using Entry = TimedState<State>;
    using Timer = typename Entry::Timer;

public:
    static constexpr std::uint32_t none = BoundedKeys<Key, Entry>::none;

    explicit KeyStates(const CheckedOptions& options = {}) : keys_(options) {}

    /// The number of the key's entry, until the next key is entered; none where its event is to be dropped.
    template <typename K>
    std::uint32_t enter(const K& key, std::uint64_t hash) { return keys_.enter(key, hash).first; }
    [[nodiscard]] Entry& operator[](std::uint32_t id) noexcept { return keys_[id]; }
    [[nodiscard]] const Key& key(std::uint32_t id) const noexcept { return keys_.key(id); }
    [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
    /// What so many timers of each key take, beside the keys: theirs by either clock, and twice as many places, as removed ones stay for a while.
    [[nodiscard]] static constexpr std::size_t timer_bytes(std::size_t keys, std::size_t timers) noexcept {
        const std::size_t own = times(times(2, keys), times(std::bit_ceil(std::min(timers, unlimited / 4)), sizeof(Timer)));
        return timers == 0 ? 0 : plus(plus(own, times(timers, 2 * sizeof(Timer))), times(2, grown(std::max<std::size_t>(times(times(2, keys), timers), 64), sizeof(Place))));
    }

    void set(std::uint32_t id, Domain domain, Timestamp at) {
        auto& timers = keys_[id].timers(domain);
        for (const Timer& timer : timers)
            if (timer.at == at) return;
        if (timers.capacity() == 0) [[unlikely]] {
            const MemoryScope scope(heap_of(domain).places.get_allocator().source);
            timers = JobVector<Timer>();
        }
        timers.push_back({at, order_});
        push(domain, {at, order_++, keys_.handle(id)});
    }
    /// A timer that is not there is no error. (Its place in the heap stays for a while.)
    void remove(std::uint32_t id, Domain domain, Timestamp at) {
        std::erase_if(keys_[id].timers(domain), [at](const Timer& timer) { return timer.at == at; });
    }

    /// How many timers have been set; the order of the next one.
    [[nodiscard]] std::uint64_t set_so_far() const noexcept { return order_; }
    /// The time of the next timer, or of one that has been removed since.
    [[nodiscard]] Timestamp due(Domain domain) const noexcept { 
        const auto& places = heap_of(domain).places;
        return places.empty() ? max_time : places.front().at;
    }

    struct Due {
        std::uint32_t id = none;
        Timestamp at{};
        std::uint64_t order = 0;
    };
    /// Takes the next timer at t or before. Its id is none where there is none.
    Due take(Domain domain, Timestamp t) {
        auto& heap = heap_of(domain).places;
        while (not heap.empty() && heap.front().at <= t) {
            const Place place = heap.front();
            std::pop_heap(heap.begin(), heap.end(), std::greater<>());
            heap.pop_back();
            const std::uint32_t id = keys_.row_of(place.handle);
            if (id == none) continue;
            auto& timers = keys_[id].timers(domain);
            const auto found = timer_of(place, timers);
            if (found == timers.end()) continue;
            timers.erase(found);
            return {id, place.at, place.order};
        }
        return {};
    }

    /// To be called when the user's function has returned, with the time of the change: a key that it cleared, and that waits for
    /// nothing, goes.
    void settle(std::uint32_t id, Timestamp t) {
        Entry& entry = keys_[id];
        if (std::exchange(entry.cleared, false)) {
            entry.state = State{};
            if (not entry.stays()) return keys_.forget(id);
        }
        keys_.changed(id, t);
    }

    /// When a state may get too old, and its end.
    [[nodiscard]] Timestamp expiry() const noexcept { return keys_.due(); }
    void expire(Timestamp t) { keys_.expire(t); }

    void report(OperatorReport& row) const noexcept { keys_.report(row); }
    void save(StateWriter& to) const {
        to.put(order_);
        keys_.save(to);
    }
    void load(StateReader& from) {
        for (auto& heap : heaps_) heap.places.clear();
        from.get(order_);
        keys_.load(from);
        for (std::uint32_t id = 0; id < keys_.size(); ++id)
            for (const Domain domain : {Domain::event_time, Domain::processing_time})
                for (const Timer& timer : keys_[id].timers(domain)) heap_of(domain).places.push_back({timer.at, timer.order, keys_.handle(id)});
        for (auto& heap : heaps_) std::make_heap(heap.places.begin(), heap.places.end(), std::greater<>());
    }

private:
    struct Place {
        Timestamp at;
        std::uint64_t order;
        std::uint32_t handle;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    template <typename Timers>
    static auto timer_of(const Place& place, Timers& timers) {
        return std::find_if(timers.begin(), timers.end(), [&](const Timer& timer) { return timer.order == place.order; });
    }

    /// Places of timers, the next in front.
    struct Heap {
        JobVector<Place> places{};
        std::size_t crowded = 64; // at this size it is looked through for those of timers that there are no more
    };
    [[nodiscard]] Heap& heap_of(Domain domain) noexcept { return heaps_[static_cast<std::size_t>(domain)]; }
    [[nodiscard]] const Heap& heap_of(Domain domain) const noexcept { return heaps_[static_cast<std::size_t>(domain)]; }

    void push(Domain domain, Place place) {
        auto& [places, crowded] = heap_of(domain);
        if (places.size() >= crowded) {
            std::erase_if(places, [&](const Place& old) {
                const std::uint32_t id = keys_.row_of(old.handle);
                if (id == none) return true;
                auto& timers = keys_[id].timers(domain);
                return timer_of(old, timers) == timers.end();
            });
            std::make_heap(places.begin(), places.end(), std::greater<>());
            crowded = std::max<std::size_t>(64, 2 * places.size());
        }
        places.push_back(place);
        std::push_heap(places.begin(), places.end(), std::greater<>());
    }

    BoundedKeys<Key, Entry> keys_;
    Heap heaps_[2];
    std::uint64_t order_ = 0;
};

} // namespace weir::detail

namespace weir {
template <typename State>
inline constexpr std::size_t owns_at_most<detail::TimedState<State>> = owns_at_most<State>;
} // namespace weir
