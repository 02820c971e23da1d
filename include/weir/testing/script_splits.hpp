// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source.hpp>
#include <weir/testing/fault.hpp>
#include <weir/testing/random.hpp>
#include <weir/testing/script.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::detail {

/// The events of a script, dealt to up to four splits that come and go: a DynamicSource that takes each of them away now and then and brings
/// it back, until all has been read. Some say that they have ended, some are only taken away; some have nothing for a while.
template <typename E>
class ScriptSplits {
    struct Dealt {
        std::vector<E> events{};
        std::size_t committed = 0; // where it begins when it comes again
        bool read = false;
    };
    struct State {
        std::vector<Dealt> splits;
        Fault fault;
    };

public:
    class Split {
    public:
        using event_type = E;
        Split(std::shared_ptr<State> state, std::size_t id, std::uint64_t seed)
            : state_(std::move(state)), random_(seed), id_(id), at_(state_->splits[id].committed), ends_(id % 2 == 0) {}

        [[nodiscard]] std::size_t id() const noexcept { return id_; }
        Polled<E> poll() {
            Dealt& dealt = state_->splits[id_];
            if (random_.one_in(8)) return Polled<E>::nothing(Duration(static_cast<Duration::rep>(random_.below(100))));
            if (at_ != dealt.events.size()) {
                const std::size_t at = at_++; // also an event that fails has been read
                dealt.read = at_ == dealt.events.size();
                state_->fault();
                return E(dealt.events[at]);
            }
            dealt.read = true;
            return ends_ ? Polled<E>::ended() : Polled<E>::nothing();
        }
        [[nodiscard]] std::size_t position() const noexcept { return at_; }
        void seek(std::size_t position) noexcept { at_ = position; }

    private:
        std::shared_ptr<State> state_;
        Random random_;
        std::size_t id_;
        std::size_t at_;
        bool ends_;
    };
    using split_type = Split;
    static constexpr bool bounded = true;

    /// `fault` is called for each event before it is given.
    ScriptSplits(const std::vector<ScriptItem<E>>& items, std::uint64_t seed, Fault fault)
        : random_(seed), state_(std::make_shared<State>(State{std::vector<Dealt>(static_cast<std::size_t>(random_.between(1, 4))), std::move(fault)})),
          places_(state_->splits.size()) {
        for (const auto& item : items)
            if (item.event) state_->splits[static_cast<std::size_t>(random_.below(places_.size()))].events.push_back(*item.event);
    }

    SplitChanges<Split, std::size_t> changes() {
        SplitChanges<Split, std::size_t> changes{.ended = true};
        for (std::size_t id = 0; id < places_.size(); ++id) {
            const Dealt& dealt = state_->splits[id];
            const bool over = dealt.read && (places_[id] == Place::here || places_[id] == Place::gone);
            changes.ended = changes.ended && over;
            if (places_[id] == Place::here && (over || random_.one_in(12))) {
                changes.removed.push_back(id);
                places_[id] = over ? Place::gone : Place::leaving;
            } else if (places_[id] == Place::away && random_.one_in(2)) {
                changes.added.emplace_back(state_, id, random_.below(1'000'000));
                places_[id] = Place::here;
            }
        }
        return changes;
    }
    void revoked(Split&& split) {
        state_->splits[split.id()].committed = split.position();
        if (places_[split.id()] == Place::leaving) places_[split.id()] = Place::away;
    }

private:
    enum class Place : unsigned char { away, here, leaving, gone };
    Random random_;
    std::shared_ptr<State> state_;
    std::vector<Place> places_;
};

/// Keeps what goes by, in its order.
template <typename E>
struct RecordOp {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    static constexpr std::string_view name = "law/record";
    std::vector<ScriptItem<E>>* to;

    template <typename S>
    using out = S;
    template <typename Given, typename Next>
    void on_event(Given&& event, Next& next) {
        to->push_back({.event = event}); // by one task only; read after the job
        next.on_event(std::forward<Given>(event));
    }
};

} // namespace weir::detail
