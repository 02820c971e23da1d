// SPDX-License-Identifier: BSL-1.0
// The three streams in memory, and what a query has to know of them.
#pragma once
#include "nexmark/generator.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nexmark {

struct Input {
    std::vector<Person> persons{};
    std::vector<Auction> auctions{};
    std::vector<Bid> bids{};
    std::vector<SideRow> side{};             ///< for Q13: each number below 10,000, as text
    weir::Duration disorder{};               ///< by how much an event may come behind a later one
    weir::Duration longest{};                ///< how long an auction is open at most
    std::vector<std::shared_ptr<const void>> texts{}; ///< where their texts are

    [[nodiscard]] std::size_t size() const noexcept { return persons.size() + auctions.size() + bids.size(); }
};

namespace detail {

/// By how much an event of a stream comes behind a later one, at most.
template <typename Event>
weir::Duration disorder_of(const std::vector<Event>& events) {
    weir::Duration most{};
    Time latest = Time::min();
    for (const Event& event : events) {
        latest = std::max(latest, event.date_time);
        most = std::max<weir::Duration>(most, latest - event.date_time);
    }
    return most;
}

} // namespace detail

/// Finds out what has to be known of the events, and adds what Q13 looks up.
inline void complete(Input& input) {
    input.disorder = std::max({detail::disorder_of(input.persons), detail::disorder_of(input.auctions), detail::disorder_of(input.bids)});
    input.longest = {};
    for (const Auction& auction : input.auctions) input.longest = std::max<weir::Duration>(input.longest, auction.expires - auction.date_time);
    const auto numbers = std::make_shared<std::vector<std::string>>();
    for (Id key = 0; key < 10'000; ++key) numbers->push_back(std::to_string(key));
    input.texts.push_back(numbers);
    input.side.clear();
    for (Id key = 0; key < 10'000; ++key) input.side.push_back({key, (*numbers)[static_cast<std::size_t>(key)]});
}

[[nodiscard]] inline Input generate(const Config& config) {
    const auto generator = std::make_shared<const Generator>(config);
    Input input;
    input.persons = generator->persons().rest();
    input.auctions = generator->auctions().rest();
    input.bids = generator->bids().rest();
    input.texts.push_back(generator);
    complete(input);
    return input;
}

} // namespace nexmark
