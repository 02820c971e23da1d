// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/given_at_end.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/not_negative.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace weir {
namespace detail {

/// An event by its number in the stream, and what is drawn for that.
template <typename Kept>
struct DrawnRow {
    std::uint64_t rank;
    std::uint64_t index;
    Kept row;
};

/// The running form of sample: keeps those of the least rank, and up to as many again before it looks which they are.
template <typename S>
class Sampling : public GivenAtEnd<Sampling<S>, S::timed, owned_t<typename S::event>> {
    using Kept = owned_t<typename S::event>;
    using Drawn = DrawnRow<Kept>;
    friend GivenAtEnd<Sampling, S::timed, Kept>;

public:
    using kind = OperatorKind;

    Sampling(std::size_t n, std::uint64_t seed) noexcept : n_(n), seed_(splitmix64(seed)) {}

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        const std::uint64_t index = index_;
        const std::uint64_t rank = splitmix64(seed_ ^ index); // no two are equal
        if (n_ > 0 && rank < below_) {
            drawn_.emplace(rank, index, to_owned(std::forward<Given>(event)));
            if (drawn_.size() / 2 >= n_) prune();
        } else {
            ++dropped_;
        }
        index_ = index + 1;
    }
    void report(OperatorReport& row) const {
        row.held = drawn_.size() + rows_.size();
        row.dropped(Drop::filtered) = dropped_;
    }
    void save(StateWriter& to) const {
        to.put(index_);
        to.put(below_);
        to.put(dropped_);
        to.put(drawn_.size());
        for (const Drawn& drawn : drawn_.all()) {
            to.put(drawn.index);
            to.put(drawn.row);
        }
    }
    void load(StateReader& from) {
        from.get(index_);
        from.get(below_);
        from.get(dropped_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            const auto index = from.get<std::uint64_t>();
            drawn_.emplace(splitmix64(seed_ ^ index), index, from.get<Kept>());
        }
    }

private:
    void prune() {
        const std::span<Drawn> all = drawn_.all();
        if (all.size() <= n_) return;
        const auto last = all.begin() + static_cast<std::ptrdiff_t>(n_ - 1);
        std::nth_element(all.begin(), last, all.end(), [](const Drawn& a, const Drawn& b) { return a.rank < b.rank; });
        below_ = last->rank;
        for (; drawn_.size() > n_; ++dropped_) drawn_.pop_back();
    }
    void finish() {
        prune();
        std::sort(drawn_.all().begin(), drawn_.all().end(), [](const Drawn& a, const Drawn& b) { return a.index < b.index; });
        rows_.reserve(drawn_.size());
        for (Drawn& drawn : drawn_.all()) rows_.emplace(std::move(drawn.row));
        drawn_.free();
        given_ = false;
    }
    std::span<Kept> next_piece() noexcept { return std::exchange(given_, true) ? std::span<Kept>() : rows_.all(); }
    void clear() noexcept { rows_.free(); }

    std::size_t n_;
    std::uint64_t seed_;
    std::uint64_t index_ = 0;
    std::uint64_t below_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t dropped_ = 0;
    Buffer<Drawn> drawn_;
    Buffer<Kept> rows_; // at the end
    bool given_ = false;
};

struct SampleOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "sample";
    template <typename>
    static constexpr bool keeps_events = true;
    std::size_t n;
    std::uint64_t seed;

    template <typename S>
        requires(S::traits.bounded && std::movable<owned_t<typename S::event>>)
    using out = with_traits_t<with_whole_event_t<S, owned_t<typename S::event>>, owned(S::traits)>;

    template <typename S>
    void say_memory(auto& walk, const S&) const { // as many again until it is seen which they are, and the rows alone as they are given
        using E = owned_t<typename S::event>;
        walk.bounded(plus(walk.template of_grown<E>(times(2, n), 2 * sizeof(std::uint64_t)), walk.template of_grown<E>(n)));
    }
    template <typename S>
    constexpr auto bind(const S&) && { return Sampling<S>(n, seed); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not S::traits.bounded)
            static_assert(never<S>, "sample(n, seed): this stream has no end, so its sample is never known. Put take(n) before it.");
        else
            static_assert(never<S>, "sample(n, seed): these events cannot be assigned to each other, as those of a std::map, whose keys "
                                    "are const. Make them into a type of yours with map(fn) before it.");
    }
};

} // namespace detail

/// Gives n events of a bounded stream, each set of n as likely as any other, at the end and in the order in which they came; all, where
/// there are no more than n.
///     E -> E, owned, with its event time; watermarks wait until they are given. Keeps at most 2n events; the others count as dropped
///     (filtered). The places of the sample depend on the seed and on how many events there are, on nothing else: where the order of the
///     events is total every run gives the same, elsewhere each run a sample of its own. After a stop nothing is given and what is kept
///     counts as held. Throws std::invalid_argument for a negative n.
///     example: tests/batch/sample.cpp
template <detail::CountLike N>
[[nodiscard]] constexpr auto sample(N n, std::uint64_t seed = 0) { return detail::SampleOp{detail::not_negative(n, "sample(n, seed)"), seed}; }
template <typename... Wrong>
    requires(sizeof...(Wrong) != 2)
constexpr Refused sample(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "sample(n, seed): it takes a number of events and perhaps a seed. Accepted: sample(100), "
                                                 "sample(100, 42).");
    return {};
}

} // namespace weir
