// SPDX-License-Identifier: BSL-1.0
// Nexmark: an auction site's three streams, as P. Tucker, K. Tufte, V. Papadimos and D. Maier described them ("NEXMark - a benchmark
// for queries over data streams", 2002) and as github.com/nexmark/nexmark has them in SQL today: its columns, in its order.
#pragma once
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace nexmark {

using Id = std::int64_t;
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// A text of the input. It looks into tables that outlive the job, those of a Generator or of a Loaded file: so events are small, can
/// be copied and kept, and nothing is allocated for them. (A std::string_view would say that it lives during the call only.)
class Text : public std::string_view {
public:
    constexpr Text() = default;
    constexpr Text(std::string_view text) noexcept : std::string_view(text) {}
    constexpr Text(const char* text) noexcept : std::string_view(text) {}
    Text(const std::string& text) noexcept : std::string_view(text) {}
};

struct Person {
    Id id = 0;
    Text name{};
    Text email_address{};
    Text credit_card{};
    Text city{};
    Text state{};
    Time date_time{};
    Text extra{};

    static constexpr auto fields() {
        return weir::fields("id", &Person::id, "name", &Person::name, "emailAddress", &Person::email_address, "creditCard", &Person::credit_card,
                            "city", &Person::city, "state", &Person::state, "dateTime", &Person::date_time, "extra", &Person::extra);
    }
};

struct Auction {
    Id id = 0;
    Text item_name{};
    Text description{};
    std::int64_t initial_bid = 0; // in cents, as all prices
    std::int64_t reserve = 0;
    Time date_time{};
    Time expires{};
    Id seller = 0;
    Id category = 0;
    Text extra{};

    static constexpr auto fields() {
        return weir::fields("id", &Auction::id, "itemName", &Auction::item_name, "description", &Auction::description, "initialBid",
                            &Auction::initial_bid, "reserve", &Auction::reserve, "dateTime", &Auction::date_time, "expires", &Auction::expires,
                            "seller", &Auction::seller, "category", &Auction::category, "extra", &Auction::extra);
    }
};

struct Bid {
    Id auction = 0;
    Id bidder = 0;
    std::int64_t price = 0;
    Text channel{};
    Text url{};
    Time date_time{};
    Text extra{};

    static constexpr auto fields() {
        return weir::fields("auction", &Bid::auction, "bidder", &Bid::bidder, "price", &Bid::price, "channel", &Bid::channel, "url", &Bid::url,
                            "dateTime", &Bid::date_time, "extra", &Bid::extra);
    }
};

/// What Q13 looks up: a text beside a number.
struct SideRow {
    Id key = 0;
    Text value{};

    static constexpr auto fields() { return weir::fields("key", &SideRow::key, "value", &SideRow::value); }
};

/// The pipeline with its event time; events may be out of order by so much.
template <typename Pipeline>
auto timed(Pipeline events, weir::Duration disorder) {
    return std::move(events) | weir::event_time([](const auto& event) { return event.date_time; }, weir::bounded_disorder(disorder));
}

} // namespace nexmark
