// SPDX-License-Identifier: BSL-1.0
// Patterns of many shapes over random letters, against what the definition says, tried for every choice of events.
#include "catch.hpp"

#include <weir/keyed/pattern_matcher.hpp>
#include <weir/testing/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using weir::Duration;
using weir::Timestamp;
using weir::detail::AfterMatch;
using weir::detail::Contiguity;
using weir::detail::StepKind;

struct Letter {
    char letter;
    std::int64_t time;
};

/// Letters of a set, if asked for not less than the one taken before.
struct Fits {
    std::string letters;
    bool rising = false;

    [[nodiscard]] bool of(char c, const std::string& so_far) const {
        return letters.find(c) != letters.npos && (not rising || so_far.empty() || c >= so_far.back());
    }
    bool operator()(const Letter& letter, const auto& so_far) const {
        return letters.find(letter.letter) != letters.npos && (not rising || so_far.size() == 0 || letter.letter >= so_far.events().back().letter);
    }
};
template <StepKind Kind>
using Step = weir::detail::PatternStep<Kind, Fits, Fits>;
constexpr auto T = StepKind::taken;
constexpr auto N = StepKind::not_next;
constexpr auto F = StepKind::not_followed_by;

/// What is found: the letters with their steps, and when.
struct Found {
    std::int64_t time;
    bool by_event;  // else by the end of the pattern's time, which comes first
    std::size_t by; // the event that completed it, or the first one
    std::vector<std::pair<std::size_t, std::size_t>> taken; // position, step
    friend auto operator<=>(const Found&, const Found&) = default;
};
std::string words(const Found& found, const std::vector<Letter>& input) {
    std::string text = std::to_string(found.time) + ":";
    for (const auto& [position, step] : found.taken) text += " " + std::string(1, input[position].letter) + std::to_string(position) + "/" + std::to_string(step);
    return text;
}

// ---- what the definition says ------------------------------------------------------------------------------------

struct OracleStep {
    StepKind kind;
    Fits pred, until;
    Contiguity before, inner;
    std::uint32_t least, most;
    bool is_optional;
};

class Oracle {
public:
    Oracle(std::vector<OracleStep> steps, std::int64_t within, std::vector<Letter> input) : steps_(std::move(steps)), within_(within), input_(std::move(input)) {
        for (std::size_t first = 0; first < input_.size(); ++first)
            for (std::size_t step = 0; step < steps_.size(); ++step) {
                if (steps_[step].kind == T && fits(step, first) && not stops(step, first)) grow(first, step, 1);
                if (steps_[step].kind == T && not steps_[step].is_optional) break;
            }
        std::sort(matches.begin(), matches.end());
        std::sort(timeouts.begin(), timeouts.end());
    }
    void skip(AfterMatch after) {
        if (after == AfterMatch::no_skip) return;
        for (std::size_t i = 0; i < matches.size(); ++i) {
            const std::size_t first = matches[i].taken.front().first, last = matches[i].taken.back().first;
            matches.erase(std::remove_if(matches.begin() + static_cast<std::ptrdiff_t>(i) + 1, matches.end(),
                                         [&](const Found& other) {
                                             const std::size_t begin = other.taken.front().first;
                                             return after == AfterMatch::skip_to_next ? begin == first : begin <= last;
                                         }),
                          matches.end());
        }
    }
    std::vector<Found> matches, timeouts;

private:
    [[nodiscard]] bool fits(std::size_t step, std::size_t at) const { return steps_[step].pred.of(input_[at].letter, letters_); }
    [[nodiscard]] bool stops(std::size_t step, std::size_t at) const { return steps_[step].until.of(input_[at].letter, letters_); }
    [[nodiscard]] std::int64_t end() const { return within_ == 0 ? 0 : input_[taken_.front().first].time + within_; }
    [[nodiscard]] bool in_time(std::size_t at) const { return at < input_.size() && (within_ == 0 || input_[at].time < end()); }
    /// Whether no event from behind `last` up to `until` breaks what must not come between the steps.
    [[nodiscard]] bool allowed(std::size_t last, std::size_t until, std::size_t from, std::size_t to) const {
        for (std::size_t step = from + 1; step < to; ++step)
            for (std::size_t at = last + 1; at <= until; ++at)
                if ((steps_[step].kind == F || (steps_[step].kind == N && at == last + 1)) && fits(step, at)) return false;
        return true;
    }
    [[nodiscard]] bool may_leave_out(std::size_t from, std::size_t to) const {
        for (std::size_t step = from + 1; step < to; ++step)
            if (steps_[step].kind == T && not steps_[step].is_optional) return false;
        return true;
    }
    [[nodiscard]] bool stopped(std::size_t step, std::size_t last, std::size_t until) const {
        for (std::size_t at = last + 1; at <= until; ++at)
            if (stops(step, at)) return true;
        return false;
    }

    void grow(std::size_t at, std::size_t step, std::uint32_t count) {
        taken_.emplace_back(at, step);
        letters_ += input_[at].letter;
        std::size_t last_in_time = at;
        while (in_time(last_in_time + 1)) ++last_in_time;
        bool is_match = false, has_more = false, is_open = false;
        if (count >= steps_[step].least && may_leave_out(step, steps_.size())) {
            const bool waits = std::any_of(steps_.begin() + static_cast<std::ptrdiff_t>(step), steps_.end(), [](const OracleStep& s) { return s.kind != T; });
            if (not waits) matches.push_back({input_[at].time, true, at, taken_});
            else if (allowed(at, last_in_time, step, steps_.size())) matches.push_back({end(), false, taken_.front().first, taken_});
            is_match = not waits || allowed(at, last_in_time, step, steps_.size());
        }
        for (std::size_t next = step; next < steps_.size(); ++next) {
            if (steps_[next].kind != T) continue;
            const bool again = next == step;
            if (again ? count >= steps_[step].most : count < steps_[step].least || not may_leave_out(step, next)) continue;
            const Contiguity contiguity = again ? steps_[next].inner : steps_[next].before;
            is_open = is_open || ((contiguity != Contiguity::strict || last_in_time == at) && allowed(at, last_in_time, step, next) &&
                                  not(again && stopped(next, at, last_in_time)));
            for (std::size_t place = at + 1; place <= last_in_time; ++place) {
                if (contiguity == Contiguity::strict && place != at + 1) break;
                const auto takes = [&](std::size_t i) { return fits(next, i) && (again || not stops(next, i)); };
                bool is_first = true;
                for (std::size_t between = at + 1; between < place; ++between) is_first = is_first && not takes(between);
                if (contiguity == Contiguity::relaxed && not is_first) break;
                if (not takes(place) || not allowed(at, place, step, next) || (again && stopped(next, at, place))) continue;
                has_more = true;
                grow(place, next, again ? count + 1 : 1);
            }
        }
        if (within_ != 0 && not is_match && not has_more && is_open) timeouts.push_back({end(), false, taken_.front().first, taken_});
        taken_.pop_back();
        letters_.pop_back();
    }

    std::vector<OracleStep> steps_;
    std::int64_t within_; // 0: for ever
    std::vector<Letter> input_;
    std::vector<std::pair<std::size_t, std::size_t>> taken_;
    std::string letters_;
};

// ---- what the matcher says ---------------------------------------------------------------------------------------

Fits random_fits(weir::Random& random) {
    std::string letters;
    for (const char c : {'a', 'b', 'c'})
        if (random.one_in(2)) letters += c;
    return {letters.empty() ? "a" : letters, random.one_in(5)};
}

template <StepKind Kind>
Step<Kind> random_step(weir::Random& random, std::size_t number, bool may_be_optional) {
    const auto contiguity = [&] { return static_cast<Contiguity>(random.below(3)); };
    Step<Kind> step{"step " + std::to_string(number), random_fits(random), random.one_in(4) ? Fits{"c"} : Fits{}, contiguity(), contiguity()};
    if (random.one_in(3)) step.least = 1 + static_cast<std::uint32_t>(random.below(2));
    step.most = step.least + (random.one_in(2) ? static_cast<std::uint32_t>(random.below(4)) : 0);
    step.is_optional = may_be_optional && random.one_in(4);
    return step;
}

template <StepKind... Kinds, std::size_t... I>
void check_shape(std::uint64_t seed, std::index_sequence<I...>) {
    using Pattern = weir::Pattern<true, Step<Kinds>...>;
    using Matcher = weir::detail::PatternMatcher<Letter, weir::NoKey, Pattern>;
    weir::Random random(seed);
    const std::tuple<Step<Kinds>...> steps{random_step<Kinds>(random, I, I > 0)...};
    const bool ends_open = ((I + 1 == sizeof...(I) && Kinds != T) || ...);
    const std::int64_t within = ends_open || random.one_in(2) ? 1 + static_cast<std::int64_t>(random.below(8)) : 0;
    const auto after = static_cast<AfterMatch>(random.one_in(2) ? 0 : random.below(3));
    const Pattern pattern(steps, within == 0 ? Duration::max() : Duration(within), after);

    std::vector<Letter> input;
    std::int64_t time = 0;
    for (std::size_t i = 0; i < 3 + random.below(8); ++i) {
        time += static_cast<std::int64_t>(random.below(3));
        input.push_back({"abcd"[random.below(4)], time});
    }
    std::vector<OracleStep> described;
    std::apply([&](const auto&... step) {
        (described.push_back({std::remove_cvref_t<decltype(step)>::kind, step.pred, step.until, step.before, step.inner, step.least, step.most, step.is_optional}), ...);
    }, steps);
    const bool must_end = std::any_of(described.begin(), described.end(), [](const OracleStep& step) { return step.kind != T; });
    if (within == 0 && must_end) return; // some of these could never be complete
    Oracle oracle(described, within, input);
    oracle.skip(after);

    Matcher matcher(pattern, {});
    std::vector<Found> matches, timeouts;
    const auto found = [&](std::int64_t at, bool by_event) {
        return [&, at, by_event](const auto& match) {
            Found one{at, by_event, 0, {}};
            for (std::size_t step = 0; step < sizeof...(I); ++step)
                if (described[step].kind == T)
                    for (const Letter& letter : match["step " + std::to_string(step)])
                        one.taken.emplace_back(static_cast<std::size_t>(letter.time), step);
            return one;
        };
    };
    std::vector<Letter> numbered; // with the position in place of the time, which the matcher is told apart from the letter
    for (std::size_t i = 0; i < input.size(); ++i) numbered.push_back({input[i].letter, static_cast<std::int64_t>(i)});
    const auto expire_until = [&](std::int64_t t) {
        while (not matcher.is_empty() && matcher.due().time_since_epoch().count() <= t) {
            const std::int64_t end = matcher.due().time_since_epoch().count();
            const auto note = [&](std::vector<Found>& to) {
                return [&, end](const auto& match) {
                    Found one = found(end, false)(match);
                    one.by = one.taken.front().first;
                    to.push_back(one);
                };
            };
            matcher.expire([](const Letter&) { return weir::NoKey(); }, note(matches), note(timeouts));
        }
    };
    for (std::size_t i = 0; i < input.size(); ++i) {
        expire_until(input[i].time);
        const std::uint32_t event = matcher.events().keep(numbered[i], Timestamp(Duration(input[i].time)));
        matcher.take(event, weir::NoKey(), [&](const auto& match) {
            Found one = found(input[i].time, true)(match);
            one.by = i;
            matches.push_back(one);
        });
        if (random.one_in(4)) {
            weir::StateWriter to;
            matcher.save(to);
            Matcher loaded(pattern, {});
            weir::StateReader from(to.data());
            loaded.load(from);
            REQUIRE(from.left() == 0);
            matcher = std::move(loaded);
        }
    }
    if (within != 0) expire_until(1'000'000);

    CAPTURE(seed, within, static_cast<int>(after), sizeof...(I));
    const auto all_words = [&](const std::vector<Found>& list) {
        std::string text;
        for (const Found& one : list) text += words(one, input) + "; ";
        return text;
    };
    if (matches != oracle.matches) FAIL("found " << all_words(matches) << "\nnot   " << all_words(oracle.matches));
    if (after == AfterMatch::no_skip && timeouts != oracle.timeouts) FAIL("gave up " << all_words(timeouts) << "\nnot     " << all_words(oracle.timeouts));
    weir::OperatorReport row;
    matcher.events().report(row);
    std::vector<bool> in_match(input.size());
    for (const Found& match : matches)
        for (const auto& [position, step] : match.taken) in_match[position] = true;
    const auto passed = static_cast<std::uint64_t>(std::count(in_match.begin(), in_match.end(), true));
    if (within != 0) CHECK(row.held == 0);
    CHECK(row.dropped() + row.held + passed == input.size()); // each event ends in one of these
}

template <StepKind... Kinds>
void check(std::uint64_t seeds) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) check_shape<Kinds...>(seed * 8 + sizeof...(Kinds), std::index_sequence_for<Step<Kinds>...>());
}

} // namespace

TEST_CASE("patterns of steps that take events find what the definition says") {
    check<T>(500);
    check<T, T>(2000);
    check<T, T, T>(3000);
}

TEST_CASE("patterns with events that must not come find what the definition says") {
    check<T, N, T>(2000);
    check<T, F, T>(2000);
    check<T, F>(1000);
    check<T, T, N, F>(2000);
    check<T, F, T, N, T>(2000);
}
