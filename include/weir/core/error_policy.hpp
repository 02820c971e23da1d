// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/core/outcome.hpp>
#include <weir/core/rejected.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <limits>
#include <ratio>
#include <string>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

struct ErrorPolicyKind;

/// What an operator does with an event for which a function of the user's threw or gave an error: a plain value.
template <typename P>
concept ErrorPolicy = requires { typename P::policy_kind; } && std::same_as<typename P::policy_kind, ErrorPolicyKind>;

enum class OnError : unsigned char { drop, fail, dead_letter };

/// The events that the chain of dead_letter receives in an operator on a stream S: they keep the event's time.
template <typename S>
using rejected_stream_t = with_event_t<S, Rejected<owned_t<typename S::value>>>;

/// A policy at work inside an operator, the same for all of them. The operator
///     calls reject(event, error) for an event that is given up, and asks tries() and backoff() whether to call again before;
///     forwards signals, end_span, room, resume, outlets, report, save and load to branch();
///     has rejected() events to count as dropped (error).
template <OnError What, typename Side>
class ErrorHandling {
public:
    constexpr ErrorHandling(Side side, const Identities& names, std::uint32_t id, unsigned tries, Duration backoff)
        : side_(std::move(side)), names_(&names), backoff_(backoff), id_(id), tries_(tries) {}

    /// How often a function may be called again for one event, and how long to wait before each time.
    [[nodiscard]] constexpr unsigned tries() const noexcept { return tries_; }
    [[nodiscard]] constexpr Duration backoff() const noexcept { return backoff_; }

    /// Gives an event up: drops it, throws EventError, or hands it to the side chain.
    ///     number: of the event among the operator's inputs, the first is 1.
    template <typename E>
    void reject(E&& event, std::exception_ptr error, std::uint64_t number) {
        Position at = What == OnError::drop ? Position{} : position_of(event, error);
        reject(std::forward<E>(event), std::move(error), number, std::move(at));
    }
    /// The same of an event of which somebody else knows where it comes from.
    template <typename E>
    void reject([[maybe_unused]] E&& event, std::exception_ptr error, std::uint64_t number, [[maybe_unused]] Position at) {
        if constexpr (What == OnError::fail) {
            fail(std::move(at), error, number);
        } else {
            ++rejected_;
            if constexpr (What == OnError::dead_letter) {
                using T = owned_t<value_t<E>>;
                auto letter = [&] { return Rejected<T>{T(value_of(std::forward<E>(event))), std::move(error), std::move(at)}; };
                if constexpr (is_timed<E>) {
                    const Timestamp time = event.time;
                    side_.on_event(Event<Rejected<T>>{letter(), time});
                } else {
                    side_.on_event(letter());
                }
            }
        }
    }

    [[nodiscard]] constexpr std::uint64_t rejected() const noexcept { return rejected_; }
    [[nodiscard]] constexpr Side& branch() noexcept { return side_; }
    [[nodiscard]] constexpr const Side& branch() const noexcept { return side_; }

    void save(StateWriter& to) const { to.put(rejected_); }
    void load(StateReader& from) { from.get(rejected_); }

private:
    [[noreturn]] void fail(Position at, const std::exception_ptr& error, std::uint64_t number) const {
        std::string what = (*names_)[id_] + ": event " + std::to_string(number);
        if (at.known()) what += " at " + to_string(at);
        what += ": " + text_of(error);
        try {
            std::rethrow_exception(error);
        } catch (...) { // so that it is nested
            throw EventError(what, number, std::move(at));
        }
    }

    WEIR_NO_UNIQUE_ADDRESS Side side_;
    const Identities* names_;
    Duration backoff_;
    std::uint64_t rejected_ = 0;
    std::uint32_t id_;
    unsigned tries_;
};

struct NoChain {};
struct InsideDeadLetter; // in the compilers' notes

/// The one form of drop, fail, dead_letter and of retry before one of them.
template <OnError What, typename C = NoChain, bool Retries = false>
struct Policy {
    using policy_kind = ErrorPolicyKind;
    static constexpr bool has_chain = What == OnError::dead_letter;
    static constexpr bool retries = Retries;
    static constexpr bool only_drops = What == OnError::drop && not Retries;
    WEIR_NO_UNIQUE_ADDRESS C chain; // no {}: a chain with a lambda in it cannot be made from nothing
    unsigned tries = 0;
    Duration backoff{};

    static constexpr bool cuts_inside = [] {
        if constexpr (has_chain) return any_cuts<ops_t<C>>;
        else return false;
    }();

    /// Whether it fits an operator on a stream S; says the mistake where it does not.
    template <typename S>
    static consteval bool fits() {
        if constexpr (has_chain) {
            using Behind = behind_t<rejected_stream_t<S>, C, InsideDeadLetter>;
            if constexpr (std::is_same_v<Behind, Refused>) return false; // said before, by the operator that refused
            else if constexpr (not std::is_same_v<Behind, Ended>) {
                if constexpr (Behind::has_clauses) static_assert(LeakedClause<void, Behind>::said == 0);
                else
                    static_assert(never<C, S>, "dead_letter(chain): the chain has no sink, so what it gives would go nowhere: end it with "
                                               "for_each(fn), collect_into(container) or another sink.");
                return false;
            } else return true;
        } else return true;
    }

    template <typename S>
    void say_memory([[maybe_unused]] auto& walk, const S&) const {
        if constexpr (has_chain) walk.branch(rejected_stream_t<S>{}, chain, "dead_letter");
    }
    template <typename S, typename Binding>
    constexpr auto bind([[maybe_unused]] const S& stream, Binding& binding, std::uint32_t id) && {
        const Identities& names = binding.names();
        if constexpr (has_chain) {
            auto side = bind_branch(rejected_stream_t<S>{}, std::move(chain), binding, id, "dead_letter");
            return ErrorHandling<What, decltype(side)>(std::move(side), names, id, tries, backoff);
        } else {
            return ErrorHandling<What, NoBranch>({}, names, id, tries, backoff);
        }
    }
};

} // namespace detail

/// Policy: an event in error is dropped, and counted as dropped (error).
[[nodiscard]] constexpr auto drop() { return detail::Policy<detail::OnError::drop>{}; }

/// Policy, and what holds where none is given: an event in error ends the job with an EventError.
[[nodiscard]] constexpr auto fail() { return detail::Policy<detail::OnError::fail>{}; }

/// Policy: an event in error goes as Rejected<T>{event, error, position} into this chain, which must end in a sink.
///     It runs in the same task, keeps order and event time, gets every signal, and has its rows in the Report below the operator.
///     The operator counts the event as dropped (error).
template <typename C>
    requires detail::ChainLike<C>
[[nodiscard]] constexpr auto dead_letter(C&& chain) {
    return detail::Policy<detail::OnError::dead_letter, std::remove_cvref_t<C>>{std::forward<C>(chain), 0, {}};
}
template <typename... Wrong>
    requires(not(sizeof...(Wrong) == 1 && (detail::ChainLike<Wrong> && ...)))
constexpr Refused dead_letter(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "dead_letter(chain): it takes a chain that ends in a sink. A function needs for_each(fn).");
    return {};
}

/// Policy: up to n more calls for an event in error, each after `backoff` on the job's clock; then the policy `then`.
///     Later events wait meanwhile, other tasks do not.
template <detail::CountLike N, typename Rep = std::int64_t, typename Period = std::nano,
          detail::ErrorPolicy Then = detail::Policy<detail::OnError::fail>>
[[nodiscard]] constexpr auto retry(N n, std::chrono::duration<Rep, Period> backoff = {}, Then then = {}) {
    const std::uint64_t asked = detail::not_negative(n, "retry(n, backoff)");
    const auto tries = static_cast<unsigned>(std::min<std::uint64_t>(asked, std::numeric_limits<unsigned>::max()));
    const Duration wait = detail::not_negative(backoff, "retry(n, backoff): backoff must not be negative");
    return [&]<detail::OnError What, typename C, bool Retries>(detail::Policy<What, C, Retries>&& last) {
        static_assert(not Retries, "retry(n, backoff, then): the policy behind a retry cannot be another retry. Give the first one a greater n.");
        return detail::Policy<What, C, true>{std::move(last.chain), tries, wait};
    }(std::move(then));
}
template <std::integral N, typename... Then>
constexpr Refused retry(unsigned, N, const Then&...) {
    static_assert(detail::said_before<N>, "retry(n, backoff, then): backoff is a number without a unit. Write retry(3, 10ms), with using "
                                          "namespace std::chrono_literals.");
    return {};
}

} // namespace weir
