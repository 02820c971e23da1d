// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/batch_value.hpp>
#include <weir/core/bind.hpp>
#include <weir/core/event.hpp>
#include <weir/core/walk.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// A part of a job that keeps events or state.
struct MemoryPart {
    std::string name;      ///< as in the Report
    std::size_t bytes = 0; ///< at most
    bool bounded = true;   ///< false: nothing bounds it, or it takes its share of RunOptions::memory
    std::string note{};    ///< why it is not bounded, or what is not counted
    bool counted = true;   ///< false: what its events own is not in `bytes`, as nobody has said how much that may be
    bool shares = false;   ///< it takes its share of RunOptions::memory, and leaves what is more to files
};

/// What a job keeps in memory at most.
struct MemoryBound {
    std::size_t bytes = 0; ///< of the parts that are bounded
    bool bounded = true;   ///< whether that is all
    std::vector<MemoryPart> parts{};
};

/// What cannot be seen of types. It is believed, not enforced.
struct MemoryBoundOptions {
    std::size_t event_bytes = 0; ///< what an event or key owns beside its own bytes (texts, vectors), at most; 0: it is not counted
    std::size_t workers = 1;     ///< as in RunOptions: each keeps what it gathers
    std::size_t memory = 0;      ///< as in RunOptions: where it is given, or a resource, parallel keeps less; 0: neither is
    /// Windows that are open at once, at most; 0: nobody knows. Behind bounded_disorder(d) there are (d + lateness) / size + 2 that do not overlap,
    /// of sliding ones (d + lateness + size) / slide + 2.
    std::size_t windows = 0;
    std::size_t waiting = 0; ///< events that wait for the watermark in in_time_order or match, at most; 0: nobody knows
    std::size_t timers = 0;  ///< of a key of process_keyed, that are set at once, at most; 0: nobody knows
};

/// What a value of type T owns beside its own bytes, at most; `unlimited`: that cannot be seen. Specialise it for a type of yours that
/// allocates: `template <> inline constexpr std::size_t weir::owns_at_most<Order> = 64;`
template <typename T>
inline constexpr std::size_t owns_at_most = std::is_trivially_destructible_v<T> ? 0 : unlimited;

namespace detail {

[[nodiscard]] constexpr std::size_t times(std::size_t a, std::size_t b) noexcept {
    return b != 0 && a > std::numeric_limits<std::size_t>::max() / b ? std::numeric_limits<std::size_t>::max() : a * b;
}
[[nodiscard]] constexpr std::size_t plus(std::size_t a, std::size_t b) noexcept { return a + std::min(b, std::numeric_limits<std::size_t>::max() - a); }
} // namespace detail

template <typename T>
inline constexpr std::size_t owns_at_most<std::optional<T>> = owns_at_most<T>;
template <typename A, typename B>
inline constexpr std::size_t owns_at_most<std::pair<A, B>> = detail::plus(owns_at_most<A>, owns_at_most<B>);
template <typename... Ts>
inline constexpr std::size_t owns_at_most<std::tuple<Ts...>> = [] {
    std::size_t all = 0;
    ((all = detail::plus(all, owns_at_most<Ts>)), ...);
    return all;
}();

namespace detail {

/// What an array that doubles takes for n items, while it grows too: the next size, for tables that are never more than 5/8 full, and half of it.
[[nodiscard]] constexpr std::size_t grown(std::size_t n, std::size_t item) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 8;
    return n > most ? std::numeric_limits<std::size_t>::max() : times(std::bit_ceil(std::max<std::size_t>(n + n / 2 + n / 8, 8)) / 2 * 3, item);
}

/// Keeps no more than its own few bytes.
template <typename Op>
concept KeepsLittle = Marker<Op> || Clause<Op> || requires { requires Op::per_event; } || requires { requires Op::stateless; } || requires { requires Op::keeps_little; };

/// Goes along a chain and asks each operator: op.say_memory(walk, stream) calls these for what it keeps.
class MemoryWalk {
public:
    MemoryWalk(MemoryBound& to, const MemoryBoundOptions& options) : to_(to), options_(options) {}
    [[nodiscard]] Identities& names() noexcept { return names_; }

    /// The operators of a chain, each by itself.
    template <std::size_t I = 0, typename S, typename... Ops>
    void chain(const S& stream, const Pack<Ops...>& ops) {
        if constexpr (I != sizeof...(Ops)) {
            const auto& op = detail::nth<I>(ops);
            using Op = std::remove_cvref_t<decltype(op)>;
            if constexpr (NameMarker<Op>) names_.enter_named(op.name, op.one_operator);
            else if constexpr (Marker<Op>) names_.leave();
            else if constexpr (not Clause<Op>) {
                id_ = names_.add(kind_name<Op>());
                // workers have copies of what gathers, of which some have ended while others begin
                copies_ = requires { requires Op::template gathers<S>(); } && options_.workers > 1 ? plus(times(2, options_.workers), 2) : 1;
                if constexpr (requires { op.say_memory(*this, stream); }) op.say_memory(*this, stream);
                else if constexpr (not KeepsLittle<Op>) unbounded("does not say what it keeps");
            }
            if constexpr (Marker<Op>) chain<I + 1>(stream, ops);
            else chain<I + 1>(stream_behind(op, stream), ops);
        }
    }
    /// A chain inside the operator that is asked, in the part of that name, which it says last.
    template <typename S, typename C>
    void branch(const S& stream, const C& inside, std::string_view part) { chain_in(stream, ops_of(inside), part); }
    template <typename S, typename... Ops>
    void chain_in(const S& stream, const Pack<Ops...>& ops, std::string_view part) {
        const auto [id, copies, batch] = std::tuple(id_, copies_, batch_);
        names_.enter(id, part);
        chain(stream, ops);
        names_.leave();
        std::tie(id_, copies_, batch_) = std::tie(id, copies, batch);
    }
    /// What follows is said by this one.
    void is_at(std::uint32_t id) noexcept {
        id_ = id;
        copies_ = 1;
    }
    [[nodiscard]] const std::string& name() const { return names_[id_]; }

    void bounded(std::size_t bytes, std::string_view note = {}) {
        bytes = times(copies_, bytes);
        to_.bytes = plus(to_.bytes, bytes);
        const bool counted = not std::exchange(uncounted_, false);
        to_.parts.push_back({names_[id_], bytes, true, std::string(note), counted});
        if (not counted && note.empty()) to_.parts.back().note = "what its events own is not counted: say MemoryBoundOptions::event_bytes";
    }
    void unbounded(std::string_view why) {
        to_.bounded = uncounted_ = false;
        to_.parts.push_back({names_[id_], 0, false, std::string(why)});
    }
    /// It keeps a whole set, and leaves memory for files when that is more than it may.
    void given() { to_.parts.push_back({names_[id_], 0, false, "takes its share of RunOptions::memory", true, true}); }

    /// What a value takes where it is kept.
    template <typename E>
    [[nodiscard]] std::size_t of_one() {
        using V = value_t<E>;
        if constexpr (knows_times<V>) return plus(sizeof(E), batch_);
        else if constexpr (owns_at_most<V> != unlimited) return plus(sizeof(E), owns_at_most<V>);
        else {
            if (options_.event_bytes == 0) uncounted_ = true;
            return plus(sizeof(E), options_.event_bytes);
        }
    }
    /// n of them side by side, in an array that grows to so many.
    template <typename E>
    [[nodiscard]] std::size_t of_grown(std::size_t n, std::size_t beside = 0) {
        return plus(grown(n, plus(sizeof(E), beside)), times(n, of_one<E>() - sizeof(E)));
    }
    [[nodiscard]] bool is_given_memory() const noexcept { return options_.memory != 0; }
    [[nodiscard]] std::size_t windows() const noexcept { return options_.windows; }
    [[nodiscard]] std::size_t waiting() const noexcept { return options_.waiting; }
    [[nodiscard]] std::size_t timers() const noexcept { return options_.timers; }
    /// Batches take so much from here on.
    void batches_of(std::size_t bytes) noexcept { batch_ = bytes; }

private:
    MemoryBound& to_;
    const MemoryBoundOptions& options_;
    Identities names_;
    std::uint32_t id_ = 0;
    std::size_t copies_ = 1;
    std::size_t batch_ = 0;
    bool uncounted_ = false;
};

} // namespace detail
} // namespace weir
