// SPDX-License-Identifier: BSL-1.0
// What the events of Nexmark are: of 50 in a row one is a new person, 3 are new auctions, 46 are bids. Half of the bids go to the hot
// auction, the latest of which the number is a multiple of 100; three in four come from the hot bidder, three in four auctions from
// the hot seller; the others are spread over what is active. Prices are from 1 to 1,000,000 with a logarithm that is uniform. (As in
// the generators of Beam and Flink; their draws are others.) An event depends on nothing but the seed and its number, and on no
// floating point number: it is the same on every machine, and each stream can be had without making the others.
#pragma once
#include "nexmark/texts.hpp"

#include <weir/core/hash.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace nexmark {

struct Config {
    std::uint64_t events = 1'000'000; ///< of all three kinds
    std::uint64_t seed = 1;
    std::uint64_t rate = 10'000;      ///< events for each second of event time
    std::uint64_t shuffled = 1;       ///< so many events in a row come in another order; 1: none do
    Time start{std::chrono::milliseconds(1'436'918'400'000)}; ///< 2015-07-15

    std::uint64_t persons = 1, auctions = 3, bids = 46;            ///< of so many events in a row
    std::uint64_t hot_sellers = 4, hot_auctions = 2, hot_bidders = 4; ///< one in so many is not for the hot one
    std::uint64_t active_people = 1'000;
    std::uint64_t open_auctions = 100;
    std::size_t person_bytes = 200, auction_bytes = 500, bid_bytes = 100; ///< on average, with the extra text
};

namespace detail {

[[nodiscard]] constexpr std::uint64_t square_root(std::uint64_t x) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit /= 2)
        if ((root + bit) * (root + bit) <= x) root += bit;
    return root;
}

/// 10 to the power of 1/2, 1/4, 1/8 ..., with 28 bits behind the point.
inline constexpr auto roots_of_ten = [] {
    std::array<std::uint64_t, 20> roots{};
    std::uint64_t root = std::uint64_t{10} << 28;
    for (std::uint64_t& each : roots) each = root = square_root(root << 28);
    return roots;
}();

/// 100 times 10 to the power of a number from 0 to 6.
[[nodiscard]] constexpr std::int64_t price(weir::Random& random) {
    std::uint64_t power = std::uint64_t{1} << 28;
    const std::uint64_t exponent = random.below(std::uint64_t{6} << roots_of_ten.size());
    for (std::size_t i = 0; i < roots_of_ten.size(); ++i)
        if (exponent >> (roots_of_ten.size() - 1 - i) & 1U) power = power * roots_of_ten[i] >> 28;
    std::uint64_t cents = 100;
    for (std::uint64_t i = exponent >> roots_of_ten.size(); i > 0; --i) cents *= 10;
    return static_cast<std::int64_t>((cents * power + (std::uint64_t{1} << 27)) >> 28);
}

} // namespace detail

class Generator {
public:
    static constexpr Id first_id = 1'000; // of persons and auctions
    static constexpr Id first_category = 10;
    static constexpr std::uint64_t categories = 5;

    explicit Generator(const Config& config) : config_(config), texts_(std::make_shared<const Texts>(config.seed)) {
        if (config.rate == 0 || config.shuffled == 0 || config.persons == 0 || config.auctions == 0)
            throw std::invalid_argument("nexmark: rate, shuffled, persons and auctions must be at least 1");
        if (config.shuffled % stride == 0) throw std::invalid_argument("nexmark: shuffled must not be a multiple of 953, or it would shuffle nothing");
    }

    [[nodiscard]] const Config& config() const noexcept { return config_; }
    /// By how much an event may come behind a later one.
    [[nodiscard]] weir::Duration disorder() const { return config_.shuffled == 1 ? weir::Duration{} : time(config_.shuffled) - time(0) + std::chrono::milliseconds(1); }

    template <typename Event>
    class Source;
    [[nodiscard]] Source<Person> persons() const;
    [[nodiscard]] Source<Auction> auctions() const;
    [[nodiscard]] Source<Bid> bids() const;

    /// The number of the event that comes at this place.
    [[nodiscard]] std::uint64_t at(std::uint64_t place) const noexcept {
        if (config_.shuffled == 1) return place;
        return place / config_.shuffled * config_.shuffled + place * stride % config_.shuffled;
    }
    template <typename Event>
    [[nodiscard]] bool is(std::uint64_t number) const noexcept {
        const std::uint64_t offset = number % in_a_row();
        if constexpr (std::is_same_v<Event, Person>) return offset < config_.persons;
        else if constexpr (std::is_same_v<Event, Auction>) return offset >= config_.persons && offset < config_.persons + config_.auctions;
        else return offset >= config_.persons + config_.auctions;
    }
    template <typename Event>
    [[nodiscard]] Event make(std::uint64_t number) const {
        weir::Random random(weir::stable_hash(config_.seed) ^ weir::stable_hash(number));
        Event event;
        fill(event, number, random);
        return event;
    }

private:
    static constexpr std::uint64_t stride = 953;
    static constexpr std::uint64_t leads = 10; // people and auctions that are spoken of before they are there

    [[nodiscard]] std::uint64_t in_a_row() const noexcept { return config_.persons + config_.auctions + config_.bids; }
    [[nodiscard]] Time time(std::uint64_t number) const noexcept {
        return config_.start + std::chrono::milliseconds(number / config_.rate * 1'000 + number % config_.rate * 1'000 / config_.rate);
    }
    /// How many people there are when event `number` has come, and auctions; 0 while there are none.
    [[nodiscard]] std::uint64_t people_by(std::uint64_t number) const noexcept {
        return number / in_a_row() * config_.persons + std::min(number % in_a_row() + 1, config_.persons);
    }
    [[nodiscard]] std::uint64_t auctions_by(std::uint64_t number) const noexcept {
        const std::uint64_t offset = number % in_a_row();
        return number / in_a_row() * config_.auctions + (offset < config_.persons ? 0 : std::min(offset + 1 - config_.persons, config_.auctions));
    }
    /// Any that is active, or will be soon.
    [[nodiscard]] static std::uint64_t any(std::uint64_t count, std::uint64_t active, weir::Random& random) {
        const std::uint64_t among = std::min(count, active);
        return count - among + random.below(among + leads);
    }
    [[nodiscard]] static std::uint64_t last(std::uint64_t count) { return count == 0 ? 0 : count - 1; }
    [[nodiscard]] static std::uint64_t hot(std::uint64_t count) { return last(count) / 100 * 100; }
    [[nodiscard]] static Id id(std::uint64_t n) { return first_id + static_cast<Id>(n); }

    void fill(Person& person, std::uint64_t number, weir::Random& random) const {
        person.id = id(last(people_by(number)));
        person.name = texts_->name(random);
        person.email_address = texts_->email(random);
        person.credit_card = texts_->card(random);
        person.city = any_of(cities, random);
        person.state = any_of(states, random);
        person.date_time = time(number);
        const std::size_t size = 8 + person.name.size() + person.email_address.size() + person.credit_card.size() + person.city.size() + person.state.size();
        person.extra = texts_->filling(random, size, config_.person_bytes);
    }
    void fill(Auction& auction, std::uint64_t number, weir::Random& random) const {
        auction.id = id(last(auctions_by(number)));
        auction.item_name = texts_->item(random);
        auction.description = texts_->description(random);
        auction.initial_bid = detail::price(random);
        auction.reserve = auction.initial_bid + detail::price(random);
        auction.date_time = time(number);
        // On average one is open until so many others have begun.
        const Time then = time(number + config_.open_auctions * in_a_row() / config_.auctions);
        const auto twice = static_cast<std::uint64_t>(2 * (then - auction.date_time).count());
        auction.expires = auction.date_time + std::chrono::milliseconds(1 + random.below(std::max<std::uint64_t>(twice, 1)));
        auction.seller = id(random.one_in(config_.hot_sellers) ? any(people_by(number), config_.active_people, random) : hot(people_by(number)));
        auction.category = first_category + static_cast<Id>(random.below(categories));
        auction.extra = texts_->filling(random, 48 + auction.item_name.size() + auction.description.size(), config_.auction_bytes);
    }
    void fill(Bid& bid, std::uint64_t number, weir::Random& random) const {
        bid.auction = id(random.one_in(config_.hot_auctions) ? any(auctions_by(number), config_.open_auctions, random) : hot(auctions_by(number)));
        // The second of a hundred, so that the hot bidder is not the hot seller.
        bid.bidder = id(random.one_in(config_.hot_bidders) ? any(people_by(number), config_.active_people, random) : hot(people_by(number)) + 1);
        bid.price = detail::price(random);
        const Texts::Channel channel = texts_->channel(random);
        bid.channel = channel.name;
        bid.url = channel.url;
        bid.date_time = time(number);
        bid.extra = texts_->filling(random, 32, config_.bid_bytes);
    }

    Config config_;
    std::shared_ptr<const Texts> texts_;
};

/// One of the three streams: a bounded BatchSource that makes its events as they are asked for.
template <typename Event>
class Generator::Source {
public:
    using event_type = Event;

    explicit Source(const Generator& generator) : generator_(generator), batch_(1024) {}

    [[nodiscard]] std::span<Event> next_batch() {
        std::size_t n = 0;
        for (; n < batch_.size() && place_ < generator_.config().events; ++place_) {
            const std::uint64_t number = generator_.at(place_);
            if (generator_.is<Event>(number)) batch_[n++] = generator_.make<Event>(number);
        }
        return {batch_.data(), n};
    }
    /// The events that have not been given yet.
    [[nodiscard]] std::vector<Event> rest() {
        std::vector<Event> events;
        for (auto batch = next_batch(); not batch.empty(); batch = next_batch()) events.insert(events.end(), batch.begin(), batch.end());
        return events;
    }

private:
    Generator generator_;
    std::vector<Event> batch_;
    std::uint64_t place_ = 0;
};

inline Generator::Source<Person> Generator::persons() const { return Source<Person>(*this); }
inline Generator::Source<Auction> Generator::auctions() const { return Source<Auction>(*this); }
inline Generator::Source<Bid> Generator::bids() const { return Source<Bid>(*this); }

} // namespace nexmark
