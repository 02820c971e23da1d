// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/table.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A table makes its values before anybody knows what they are to be: T itself where it can be made of nothing.
template <typename T>
inline constexpr bool made_of_nothing = std::default_initializable<T> && std::is_move_assignable_v<T>;
template <typename T>
using kept_state_t = std::conditional_t<made_of_nothing<T>, T, std::optional<T>>;

/// The states of an unlimited number of keys.
template <typename Key, typename State>
class StatesOfKeys {
public:
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
template <typename Given, typename KeyOf, typename Step, typename States>
class SteppingKeys {
public:
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;

    SteppingKeys(KeyOf key_of, Step step, States states) : key_of_(std::move(key_of)), step_(std::move(step)), states_(std::move(states)) {}

    template <typename E, typename Next>
    WEIR_INLINE void on_event(E&& event, Next& next) {
        auto&& key = std::invoke(std::as_const(key_of_), std::as_const(value_of(event)));
        const auto [id, is_new] = states_.enter(key, hash_of_key(key));
        if constexpr (requires { step_.init; }) {
            if (is_new) states_.begin(id, std::as_const(step_.init));
            change(states_[id], std::forward<E>(event));
        } else {
            if (is_new) states_.begin(id, to_owned(std::forward<E>(event)));
            else change(states_[id], std::forward<E>(event));
        }
        next.on_event(std::as_const(states_[id]));
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

template <typename Given, typename S, typename Step>
auto stepping_keys(const S& stream, Step step) {
    using KeyOf = std::remove_cvref_t<decltype(key_clause_of(stream.clauses).projection)>;
    using States = StatesOfKeys<kept_key_t<KeyOf, typename S::value>, Given>;
    return SteppingKeys<Given, KeyOf, Step, States>(key_clause_of(stream.clauses).projection, std::move(step), States());
}

} // namespace weir::detail
