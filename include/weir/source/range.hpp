// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/source.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

// What of <ranges> is needed here, without its cost for everybody who includes us.
template <typename R>
concept Iterable = requires(R& range) {
    std::begin(range);
    std::end(range);
    requires std::input_iterator<decltype(std::begin(range))>;
};

template <typename R>
using iterator_of = decltype(std::begin(std::declval<R&>()));

template <typename R>
concept Contiguous = Iterable<R> && requires(R& range) {
    { std::size(range) } -> std::convertible_to<std::size_t>;
    requires std::is_pointer_v<decltype(std::data(range))>;
};

/// A range as an input. R is T& for a range of the user's, which is never changed, or T for one that we own.
template <typename R>
class RangeInput {
    using Range = std::remove_reference_t<R>;
    static constexpr bool owns = not std::is_reference_v<R>;
    using Iterator = iterator_of<Range>;
    using Reference = std::iter_reference_t<Iterator>;
    // An event is somebody else's when the iterator shows an element of a range that is not ours.
    static constexpr bool lends = std::is_lvalue_reference_v<Reference> && (not owns || std::is_const_v<std::remove_reference_t<Reference>>);
    static constexpr bool reachable = not std::same_as<decltype(std::end(std::declval<Range&>())), std::unreachable_sentinel_t>;

public:
    static constexpr bool may_block = not Contiguous<Range>; // it may read a file, or a terminal
    static constexpr bool asks_no_time = not may_block;      // of its task
    using stream = Stream<std::iter_value_t<Iterator>, Traits{.lent = lends, .bounded = declared_bounded<Range>(reachable)}>;

    template <typename T>
    explicit RangeInput(T&& range) : range_(std::forward<T>(range)) {}

    // A copy or a moved-to range of our own has its own elements, so an iterator into the old one must not come along.
    RangeInput(const RangeInput& other) : range_(other.range_), handed_(other.handed_) {}
    RangeInput(RangeInput&& other) noexcept(std::is_nothrow_move_constructible_v<Held<R>>)
        : range_(std::move(other.range_)), handed_(other.handed_) {}
    RangeInput& operator=(const RangeInput&) = delete;
    RangeInput& operator=(RangeInput&&) = delete;
    ~RangeInput() = default;

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp) {
        Range& range = range_.get();
        if constexpr (Contiguous<Range>) {
            using Element = std::remove_pointer_t<decltype(std::data(range))>;
            using Passed = std::conditional_t<lends, const Element, Element>;
            const std::size_t left = std::size(range) - handed_;
            const std::span<Passed> events(std::data(range) + handed_, std::min(left, limit));
            read_span(feed, events, [this](std::size_t n) { handed_ += n; });
            return {handed_ == std::size(range) ? Drive::State::ended : Drive::State::ran, {}};
        } else {
            if (not at_) at_.emplace(std::ranges::next(std::begin(range), static_cast<std::iter_difference_t<Iterator>>(handed_)));
            if (is_given_) step(); // it threw
            for (; limit > 0 && *at_ != std::end(range); --limit) {
                if (not feed.ready()) return {};
                Iterator& at = *at_;
                ++handed_;
                is_given_ = true;
                if constexpr (lends) feed.event(std::as_const(*at));
                else if constexpr (std::is_lvalue_reference_v<Reference>) feed.event(std::move(*at));
                else feed.event(static_cast<std::iter_value_t<Iterator>>(*at));
                step(); // not before: it may have to read the next
            }
            return {*at_ == std::end(range) ? Drive::State::ended : Drive::State::ran, {}};
        }
    }
    template <typename Feed>
    Drive rest(Feed&, std::size_t) {
        return {Drive::State::ended, {}};
    }

    /// For several who read it at once, each all of it: the events, and how many of them have been given.
    [[nodiscard]] auto all() const noexcept
        requires(Contiguous<Range> && lends)
    {
        const Range& range = range_.get();
        return std::span(std::data(range), std::size(range));
    }
    [[nodiscard]] std::size_t& handed() noexcept { return handed_; }

    void save(StateWriter& to) const { to.put(handed_); }
    void load(StateReader& from) {
        from.get(handed_);
        at_.reset();
        is_given_ = false;
    }

private:
    void step() {
        ++*at_;
        is_given_ = false;
    }

    Held<R> range_;
    std::size_t handed_ = 0;
    std::optional<Iterator> at_;
    bool is_given_ = false; // the event there
};

} // namespace weir::detail
