// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/event.hpp>
#include <weir/core/not_negative.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// Where the event of a step may stand, behind the one that was taken before it.
enum class Contiguity : unsigned char {
    strict,  ///< directly behind it
    relaxed, ///< the first behind it that fits the step
    any,     ///< any behind it that fits the step
};

/// What happens to other matches where one has been given.
enum class AfterMatch : unsigned char {
    no_skip,        ///< nothing
    skip_to_next,   ///< those that begin with the same event are dropped
    skip_past_last, ///< those that began before its last event are dropped
};

enum class StepKind : unsigned char { taken, not_next, not_followed_by };

struct NoUntil {};

/// A step of a pattern: events that it takes, or one that must not come.
template <StepKind Kind, typename Pred, typename Until = NoUntil>
struct PatternStep {
    static constexpr StepKind kind = Kind;
    static constexpr bool has_until = not std::is_same_v<Until, NoUntil>;
    std::string name;
    WEIR_NO_UNIQUE_ADDRESS Pred pred;
    WEIR_NO_UNIQUE_ADDRESS Until until;
    Contiguity before = Contiguity::relaxed;
    Contiguity inner = Contiguity::relaxed;
    std::uint32_t least = 1;
    std::uint32_t most = 1;
    bool is_optional = false;
};

} // namespace detail

/// What to look for in the events of a key: steps, each with a name and a condition. A plain value; see pattern() and match().
///     Bounded: it has a time in which it must be complete.
template <bool Bounded, typename... Steps>
class Pattern {
    static constexpr std::size_t last = sizeof...(Steps) - 1;
    using Last = std::tuple_element_t<last, std::tuple<Steps...>>;

public:
    static constexpr bool bounded = Bounded;
    static constexpr bool ends_taken = Last::kind == detail::StepKind::taken;

    Pattern(std::tuple<Steps...> steps, Duration within, detail::AfterMatch after) : steps_(std::move(steps)), within_(within), after_(after) {}

    /// The step's event stands directly behind the one before.
    template <typename Pred>
    [[nodiscard]] auto next(std::string name, Pred pred) const { return with(std::move(name), std::move(pred), detail::Contiguity::strict); }
    /// The step's event is the first behind the one before that fits it; others may stand between.
    template <typename Pred>
    [[nodiscard]] auto followed_by(std::string name, Pred pred) const { return with(std::move(name), std::move(pred), detail::Contiguity::relaxed); }
    /// The step's event is any behind the one before that fits it: there is a match for each.
    template <typename Pred>
    [[nodiscard]] auto followed_by_any(std::string name, Pred pred) const { return with(std::move(name), std::move(pred), detail::Contiguity::any); }
    /// The event directly behind the one before does not fit.
    template <typename Pred>
    [[nodiscard]] auto not_next(Pred pred) const { return without<detail::StepKind::not_next>(std::move(pred)); }
    /// No event that fits comes behind the one before, up to that of the next step; at the end of a pattern, within its time.
    template <typename Pred>
    [[nodiscard]] auto not_followed_by(Pred pred) const { return without<detail::StepKind::not_followed_by>(std::move(pred)); }

    /// The last step takes n events, or n to m; one or more. It is relaxed inside, as followed_by.
    [[nodiscard]] Pattern times(std::uint32_t n) const { return times(n, n); }
    [[nodiscard]] Pattern times(std::uint32_t n, std::uint32_t m) const {
        if (n == 0 || m < n) throw std::invalid_argument("pattern: times(n, m) takes n of at least 1, and m of at least n; a step that may be left out is optional()");
        return changed([&](auto& step) { step.least = n, step.most = m; });
    }
    [[nodiscard]] Pattern one_or_more() const { return at_least(1); }
    [[nodiscard]] Pattern at_least(std::uint32_t n) const { return times(n, std::numeric_limits<std::uint32_t>::max()); }
    /// The last step's events stand directly behind each other; any of them that fit may be taken.
    [[nodiscard]] Pattern consecutive() const {
        return changed([](auto& step) { step.inner = detail::Contiguity::strict; });
    }
    [[nodiscard]] Pattern combinations() const {
        return changed([](auto& step) { step.inner = detail::Contiguity::any; });
    }
    /// The last step may be left out.
    [[nodiscard]] Pattern optional() const {
        return changed([](auto& step) { step.is_optional = true; });
    }
    /// The last step takes no events from the first on that fits this.
    template <typename Until>
    [[nodiscard]] auto until(Until until) const {
        static_assert(Last::kind == detail::StepKind::taken, "pattern: until(condition) belongs to a step that takes events, not to not_next or not_followed_by.");
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            const Last& old = std::get<last>(steps_);
            using Stopped = detail::PatternStep<Last::kind, std::remove_cvref_t<decltype(old.pred)>, Until>;
            return Pattern<Bounded, std::tuple_element_t<I, std::tuple<Steps...>>..., Stopped>(
                {std::get<I>(steps_)..., Stopped{old.name, old.pred, std::move(until), old.before, old.inner, old.least, old.most, old.is_optional}}, within_, after_);
        }(std::make_index_sequence<last>{});
    }

    /// The last event comes less than d behind the first.
    template <typename Rep, typename Period>
    [[nodiscard]] auto within(std::chrono::duration<Rep, Period> d) const {
        return Pattern<true, Steps...>(steps_, detail::positive(d, "pattern: within(d) takes a d of more than 0"), after_);
    }
    /// After a match go on with those that began with another event; with those that begin behind its last event.
    [[nodiscard]] Pattern skip_to_next() const { return Pattern(steps_, within_, detail::AfterMatch::skip_to_next); }
    [[nodiscard]] Pattern skip_past_last() const { return Pattern(steps_, within_, detail::AfterMatch::skip_past_last); }

    [[nodiscard]] const std::tuple<Steps...>& steps() const noexcept { return steps_; }
    [[nodiscard]] Duration duration() const noexcept { return within_; }
    [[nodiscard]] detail::AfterMatch after_match() const noexcept { return after_; }

private:
    template <typename Pred>
    auto with(std::string name, Pred pred, detail::Contiguity before) const {
        using Taken = detail::PatternStep<detail::StepKind::taken, Pred>;
        return extended(Taken{std::move(name), std::move(pred), {}, before});
    }
    template <detail::StepKind Kind, typename Pred>
    auto without(Pred pred) const {
        return extended(detail::PatternStep<Kind, Pred>{{}, std::move(pred), {}});
    }
    template <typename Step>
    auto extended(Step step) const {
        return Pattern<Bounded, Steps..., Step>(std::tuple_cat(steps_, std::tuple<Step>(std::move(step))), within_, after_);
    }
    template <typename Change>
    Pattern changed(Change change) const {
        static_assert(Last::kind == detail::StepKind::taken, "pattern: times, one_or_more, at_least, consecutive, combinations and optional belong to a step that "
                                                             "takes events, not to not_next or not_followed_by.");
        Pattern with(*this);
        change(std::get<last>(with.steps_));
        return with;
    }

    std::tuple<Steps...> steps_;
    Duration within_;
    detail::AfterMatch after_;
};

/// A pattern that begins with an event that fits. pred: bool(const E&), or bool(const E&, const auto& so_far), which may look at the
///     events taken before: so_far["name"], so_far.first_time() and what else a Match has.
///     Then follow next, followed_by, followed_by_any, not_next, not_followed_by; times, one_or_more, at_least, optional, consecutive,
///     combinations, until, which say more of the step before them; within, skip_to_next, skip_past_last for the whole.
///     What does not make sense throws std::invalid_argument, here or when the job starts. example: tests/keyed/pattern.cpp
template <typename Pred>
[[nodiscard]] auto pattern(std::string name, Pred pred) {
    using Taken = detail::PatternStep<detail::StepKind::taken, Pred>;
    return Pattern<false, Taken>({Taken{std::move(name), std::move(pred), {}}}, Duration::max(), detail::AfterMatch::no_skip);
}

} // namespace weir
