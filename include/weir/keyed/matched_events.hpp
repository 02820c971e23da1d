// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/report.hpp>
#include <weir/core/time_ordered.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// An event of a match, and the step that took it.
template <typename T>
struct TakenEvent {
    const T* value;
    Timestamp time;
    std::uint32_t step;
};

} // namespace detail

/// The events of a match, or of one of its steps, in their order: a range of const T&.
template <typename T>
class MatchedEvents {
    using Taken = std::span<const detail::TakenEvent<T>>;

public:
    class iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using difference_type = std::ptrdiff_t;
        using value_type = T;
        using pointer = const T*;
        using reference = const T&;

        iterator() = default;
        explicit iterator(const detail::TakenEvent<T>* at) noexcept : at_(at) {}
        const T& operator*() const noexcept { return *at_->value; }
        const T* operator->() const noexcept { return at_->value; }
        iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        iterator operator++(int) noexcept { return iterator(at_++); }
        friend bool operator==(const iterator&, const iterator&) = default;

    private:
        const detail::TakenEvent<T>* at_ = nullptr;
    };

    explicit MatchedEvents(Taken taken) noexcept : taken_(taken) {}
    [[nodiscard]] iterator begin() const noexcept { return iterator(taken_.data()); }
    [[nodiscard]] iterator end() const noexcept { return iterator(taken_.data() + taken_.size()); }
    [[nodiscard]] std::size_t size() const noexcept { return taken_.size(); }
    [[nodiscard]] bool empty() const noexcept { return taken_.empty(); }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return *taken_[i].value; }
    [[nodiscard]] const T& front() const noexcept { return *taken_.front().value; }
    [[nodiscard]] const T& back() const noexcept { return *taken_.back().value; }

private:
    Taken taken_;
};

/// What a pattern has found, or has so far. It lives during the call that it is given to.
template <typename Key, typename T>
class Match {
public:
    Match(const Key& key, std::span<const detail::TakenEvent<T>> taken, const std::vector<std::string>& names, Timestamp time) noexcept
        : key_(key), taken_(taken), names_(names), time_(time) {}
    Match(const Match&) = delete;
    Match& operator=(const Match&) = delete;

    [[nodiscard]] const Key& key() const noexcept { return key_; }
    /// The events that a step took; none where it was left out. Throws std::out_of_range for a name that no step has.
    [[nodiscard]] MatchedEvents<T> operator[](std::string_view name) const {
        const auto found = std::find(names_.begin(), names_.end(), name);
        if (found == names_.end() || name.empty()) throw std::out_of_range("match: the pattern has no step named " + std::string(name));
        const auto step = static_cast<std::uint32_t>(found - names_.begin());
        const auto first = std::partition_point(taken_.begin(), taken_.end(), [step](const auto& taken) { return taken.step < step; });
        const auto last = std::partition_point(first, taken_.end(), [step](const auto& taken) { return taken.step == step; });
        return MatchedEvents<T>({first, last});
    }
    [[nodiscard]] MatchedEvents<T> events() const noexcept { return MatchedEvents<T>(taken_); }
    [[nodiscard]] std::size_t size() const noexcept { return taken_.size(); }
    /// Of its first and last events, if it has any yet.
    [[nodiscard]] Timestamp first_time() const noexcept { return taken_.empty() ? time_ : taken_.front().time; }
    [[nodiscard]] Timestamp last_time() const noexcept { return taken_.empty() ? time_ : taken_.back().time; }
    /// Of what is given for it: that of the last event; where the pattern had to wait for the end of its time, or never came to more, that end.
    [[nodiscard]] Timestamp time() const noexcept { return time_; }

private:
    const Key& key_;
    std::span<const detail::TakenEvent<T>> taken_;
    const std::vector<std::string>& names_;
    Timestamp time_;
};

namespace detail {

/// The events that matches may need, each once, and what they have in common: a match is its last event, and what it was behind.
/// (The shared versioned buffer of J. Agrawal, Y. Diao, D. Gyllstrom, N. Immerman, "Efficient pattern matching over event streams",
/// SIGMOD 2008, with a link to the one before in place of version numbers.)
template <typename T>
class SharedEvents {
public:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    struct Held {
        std::optional<T> value{};
        Timestamp time{};
        std::uint64_t order = 0; // in which they were looked at; 0: not yet
        std::uint32_t links = 0; // that have it
        bool is_matched = false;
        static constexpr auto fields() {
            return weir::fields("value", &Held::value, "time", &Held::time, "order", &Held::order, "links", &Held::links, "is_matched", &Held::is_matched);
        }
    };
    struct Link {
        std::uint32_t event = none;
        std::uint32_t before = none;
        std::uint32_t step = 0;
        std::uint32_t uses = 1;
    };

    [[nodiscard]] std::uint32_t keep(T value, Timestamp time) { return events_.take(Held{std::move(value), time}); }
    [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }
    [[nodiscard]] const T& value(std::uint32_t event) const noexcept { return *events_[event].value; }
    [[nodiscard]] Timestamp time(std::uint32_t event) const noexcept { return events_[event].time; }
    [[nodiscard]] std::uint64_t order(std::uint32_t event) const noexcept { return events_[event].order; }
    [[nodiscard]] const Link& link(std::uint32_t number) const noexcept { return links_[number]; }

    /// The event's turn begins, and ends: if nothing took it, it goes.
    void look_at(std::uint32_t event) noexcept {
        events_[event].order = ++order_;
        ++events_[event].links;
    }
    void settle(std::uint32_t event, Drop reason) {
        if (--events_[event].links == 0) let_go(event, reason);
    }
    /// A link for the event, behind that before: one user has it.
    [[nodiscard]] std::uint32_t take(std::uint32_t event, std::uint32_t before, std::uint32_t step) {
        ++events_[event].links;
        if (before != none) ++links_[before].uses;
        return links_.take({event, before, step});
    }
    void use(std::uint32_t link) noexcept { ++links_[link].uses; }
    /// One user less; what nobody needs goes, and counts as dropped for this reason if it was in no match.
    void release(std::uint32_t link, Drop reason) {
        while (link != none && --links_[link].uses == 0) {
            const auto [event, before, step, uses] = links_[link];
            links_.give_back(link);
            if (--events_[event].links == 0) let_go(event, reason);
            link = before;
        }
    }
    void set_matched(std::uint32_t link) noexcept {
        for (; link != none; link = links_[link].before) {
            Held& held = events_[links_[link].event];
            matched_ += held.is_matched ? 0U : 1U;
            held.is_matched = true;
        }
    }
    [[nodiscard]] std::uint32_t first_of(std::uint32_t link) const noexcept {
        while (links_[link].before != none) link = links_[link].before;
        return links_[link].event;
    }
    /// The events behind which the link stands, and its own, in order.
    void read(std::uint32_t link, JobVector<TakenEvent<T>>& into) const {
        into.clear();
        for (; link != none; link = links_[link].before) {
            const Held& held = events_[links_[link].event];
            into.push_back({&*held.value, held.time, links_[link].step});
        }
        std::reverse(into.begin(), into.end());
    }
    /// An order of matches: by their events, those taken earlier first, then by their steps.
    [[nodiscard]] bool goes_before(std::uint32_t a, std::uint32_t b) {
        places(a, compared_[0]);
        places(b, compared_[1]);
        return compared_[0] < compared_[1];
    }

    void report(OperatorReport& row) const noexcept {
        row.held = events_.size() - matched_;
        row.drops = drops_;
    }
    static constexpr auto fields() {
        return weir::fields("events", &SharedEvents::events_, "links", &SharedEvents::links_, "order", &SharedEvents::order_, "matched",
                            &SharedEvents::matched_, "drops", &SharedEvents::drops_);
    }

private:
    using Places = JobVector<dependent_t<std::pair<std::uint64_t, std::uint32_t>, T>>;

    void let_go(std::uint32_t event, Drop reason) {
        Held& held = events_[event];
        if (held.is_matched) --matched_;
        else ++drops_[static_cast<std::size_t>(reason)];
        held = Held{};
        events_.give_back(event);
    }
    void places(std::uint32_t link, Places& into) const {
        into.clear();
        for (; link != none; link = links_[link].before) into.emplace_back(events_[links_[link].event].order, links_[link].step);
        std::reverse(into.begin(), into.end());
    }

    Numbered<Held> events_;
    Numbered<Link> links_;
    std::uint64_t order_ = 0;
    std::uint64_t matched_ = 0; // of the events
    std::array<std::uint64_t, drop_reasons> drops_{};
    Places compared_[2];
};

} // namespace detail
} // namespace weir
