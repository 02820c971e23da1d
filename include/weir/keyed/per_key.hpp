// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/ageing_keys.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/table.hpp>

#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The states of an unlimited number of keys.
template <typename Key, typename State>
class StatesOfKeys {
public:
    static constexpr bool ages = false;

    /// The number of the key's state, and whether it is new. It holds until the next key is entered.
    template <typename K>
    WEIR_INLINE std::pair<std::uint32_t, bool> enter(const K& key, std::uint64_t hash) { return rows_.find_or_insert(key, hash); }

    [[nodiscard]] WEIR_INLINE State& operator[](std::uint32_t id) noexcept {
        if constexpr (made_of_nothing<State>) return rows_[id].value;
        else return *rows_[id].value;
    }
    /// Gives a new key its first state.
    template <typename S>
    WEIR_INLINE void begin(std::uint32_t id, S&& state) { rows_[id].value = std::forward<S>(state); }

    void save(StateWriter& to) const { rows_.save(to); }
    void load(StateReader& from) { rows_.load(from); }

private:
    Table<Key, kept_state_t<State>> rows_;
};

/// The running form of scan and reduce behind key_by: the state of a key is the event that it gave last, to be lent without a copy.
///     Step: step(state, value) changes the value in a state. A key begins with step.init; where there is none, with its first event.
template <typename Given, typename KeyOf, typename Step, typename States, bool Clocked, bool Waits>
class SteppingKeys {
public:
    using kind = OperatorKind;
    static constexpr bool one_to_one = not States::ages; // else a new key may be refused

    SteppingKeys(KeyOf key_of, Step step, States states) : key_of_(std::move(key_of)), step_(std::move(step)), states_(std::move(states)) {}

    template <typename E, typename Next>
    WEIR_INLINE void on_event(E&& event, Next& next) {
        auto&& key = std::invoke(std::as_const(key_of_), std::as_const(value_of(event)));
        const auto [id, is_new] = states_.enter(key, hash_of_key(key));
        if constexpr (States::ages) {
            if (id == States::none) return;
            states_.changed(id, time_of(event));
        }
        if constexpr (requires { step_.init; }) {
            if (is_new) states_.begin(id, std::as_const(step_.init));
            change(states_[id], std::forward<E>(event));
        } else {
            if (is_new) states_.begin(id, to_owned(std::forward<E>(event)));
            else change(states_[id], std::forward<E>(event));
        }
        next.on_event(std::as_const(states_[id]));
        if constexpr (States::ages) states_.settle();
    }

    template <typename Next>
        requires(States::ages)
    void on_watermark(Timestamp t, Next& next) {
        states_.reach(t);
        next.on_watermark(t);
    }
    template <typename Next>
        requires(States::ages)
    void on_time(Timestamp now, Next& next) {
        states_.on_time(now);
        if constexpr (Clocked) on_watermark(now, next);
        next.on_time(now);
    }
    template <typename Next>
        requires(States::ages)
    void end_span(Next&) noexcept { states_.end_span(); }
    [[nodiscard]] Timestamp deadline() const
        requires(States::ages && Waits)
    {
        return states_.deadline();
    }

    void report(OperatorReport& row) const noexcept
        requires(States::ages)
    {
        states_.report(row);
    }

    void save(StateWriter& to) const { states_.save(to); }
    void load(StateReader& from) { states_.load(from); }

private:
    template <typename E>
    WEIR_INLINE void change(Given& state, E&& event) {
        if constexpr (is_timed<E>) state.time = event.time;
        step_(value_of(state), value_of(std::forward<E>(event)));
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    WEIR_NO_UNIQUE_ADDRESS Step step_;
    States states_;
};

/// What they say of their memory.
template <typename Given, typename S, typename Options>
void stepping_keys_memory(auto& walk, const S& stream, const Options& options, std::string_view name) {
    using KeyOf = std::remove_cvref_t<decltype(key_clause_of(stream.clauses).projection)>;
    bounded_keys_memory<kept_key_t<KeyOf, typename S::value>, Given>(walk, options, name);
}
/// The running form for a stream with a key. name: of the operator. Options: KeyedOptions or NoOptions.
template <typename Given, typename S, typename Step, typename Options>
auto stepping_keys(std::string_view name, const S& stream, Step step, const Options& options, const Clock& clock) {
    const auto& key_of = key_clause_of(stream.clauses).projection;
    using KeyOf = std::remove_cvref_t<decltype(key_of)>;
    using Key = kept_key_t<KeyOf, typename S::value>;
    constexpr bool clocked = S::traits.clocked;
    if constexpr (std::is_same_v<Options, NoOptions>) {
        using States = StatesOfKeys<Key, Given>;
        return SteppingKeys<Given, KeyOf, Step, States, clocked, S::traits.waits>(key_of, std::move(step), States());
    } else {
        using States = AgeingKeys<Key, Given, clocked>;
        return SteppingKeys<Given, KeyOf, Step, States, clocked, S::traits.waits>(key_of, std::move(step), States(checked(name, options, S::timed), clock));
    }
}

} // namespace weir::detail
