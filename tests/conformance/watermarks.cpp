// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/features.hpp"
#include "conformance/replay.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

using namespace conformance;

namespace {

/// An operator that shows the watermarks that come by, and when the stream falls idle and has events again; the watermark that ends
/// the stream is no news. Where a case asks for the watermark itself, only its questions are answered.
struct Watching {
    using kind = weir::OperatorKind;
    static constexpr std::string_view name = "watching";
    static constexpr bool one_to_one = true;
    Record record;
    Unit unit;
    bool per_element = true;
    bool says_active = false;

    template <typename Stream>
    using out = Stream;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) const {
        if (std::exchange(record->is_idle, false) && says_active) show_status("active");
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_idle(Next& next) const {
        if (not std::exchange(record->is_idle, true)) show_status("idle");
        next.on_idle();
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) const {
        if (t != weir::max_time) {
            record->last_mark = t;
            if (per_element) show();
        }
        next.on_watermark(t);
    }
    void show() const {
        Json entry = Json::object();
        entry.member("watermark") = unit.mark_ms(record->last_mark);
        record->give(std::move(entry));
    }
    void show_status(const char* status) const {
        Json entry = Json::object();
        entry.member("status") = Json(std::string(status));
        record->give(std::move(entry));
    }
    void save(weir::StateWriter&) const {}
    void load(weir::StateReader&) {}
};

/// How watermarks come about: they are given, or events make them, or those and the clock; or they stand at the greatest time.
enum class Marks : unsigned char { given, made, made_and_idle, at_greatest, at_greatest_and_idle };

constexpr bool idles(Marks from) { return from == Marks::made_and_idle || from == Marks::at_greatest_and_idle; }
constexpr bool at_greatest(Marks from) { return from == Marks::at_greatest || from == Marks::at_greatest_and_idle; }

Marks marks_of(const Case& c) {
    const bool idle = c.params.has("idle_timeout");
    if (c.params.true_or("minus_one", true) || c.params.integer_or("delay", 0) > 0) return idle ? Marks::made_and_idle : Marks::made;
    return idle ? Marks::at_greatest_and_idle : Marks::at_greatest;
}

/// W = greatest time - delay - 1; without the 1 (D5) it is that of a delay that is 1 ms shorter, and without delay the time itself.
template <Marks From>
auto strategy(const Case& c, Unit unit) {
    [[maybe_unused]] const std::int64_t less = c.params.true_or("minus_one", true) ? 0 : 1;
    const auto rule = [&] {
        if constexpr (at_greatest(From)) return weir::punctuated([unit](const Row& row) { return std::optional(unit.mark(unit.ms(row.time))); });
        else return weir::bounded_disorder(unit.length(c.params.integer_or("delay", 0) - less));
    }();
    if constexpr (idles(From)) return rule.idle_after(unit.length(c.params["idle_timeout"].integer()));
    else return rule;
}

template <Marks From>
struct Generated {
    static constexpr bool in_any_order = false;
    static constexpr bool waits = idles(From); // on the clock, so the source must
    const Case* c;
    Unit unit;

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record) const {
        const Watching watching{record, unit, c->params.true_or("per_element", true)};
        record->gate->probed = [weak = std::weak_ptr(record), u = unit] { // the record owns the gate
            if (const Record now = weak.lock()) Watching{now, u}.show();
        };
        return std::move(source) | weir::event_time(&Row::time, strategy<From>(*c, unit)) | watching | weir::for_each([](const Row&) {});
    }
};

/// A strategy that has been at R is had by an event that brings it there, and a checkpoint behind it.
Case with_restored(Case c) {
    if (not c.params.has("restore_watermark")) return c;
    Json first = Json::object(), checkpoint = Json::object(), risen = Json::object();
    first.member("ts") = Json(c.params["restore_watermark"].integer() + c.params.integer_or("delay", 0) + (c.params.true_or("minus_one", true) ? 1 : 0));
    checkpoint.member("checkpoint") = Json::boolean(true);
    c.input.insert(c.input.begin(), {std::move(first), std::move(checkpoint)});
    for (Json& entry : c.expected) entry.member("after_input_index") = Json(entry["after_input_index"].integer() + 2);
    risen.member("watermark") = c.params["restore_watermark"];
    risen.member("after_input_index") = Json(std::int64_t{0});
    if (c.params.true_or("per_element", true)) c.expected.push_back(std::move(risen));
    return c;
}

/// One of the inputs of a case that has several: takes the steps of its channel, or partition.
class Channel {
public:
    using event_type = weir::Event<Row>;
    static constexpr bool bounded = true;

    Channel(const Case& c, Unit unit, std::shared_ptr<Gate> gate, std::int64_t number)
        : case_(&c), unit_(unit), gate_(std::move(gate)), number_(number) {}

    weir::Polled<event_type> poll() {
        using Polled = weir::Polled<event_type>;
        while (at_ < gate_->open_until && not done_) {
            const Json& step = case_->input[at_++];
            if (step.integer_or("remove_partition", -1) == number_) return end();
            if (step.integer_or("channel", step.integer_or("partition", 0)) != number_) continue;
            if (step.has("watermark")) return Polled::watermark(unit_.mark(step["watermark"].integer()));
            if (step.has("ts")) return weir::Event<Row>{Row{{}, {}, unit_.at(step["ts"].integer()), {}, 0}, {}};
            const std::string status = step.string_or("status", "");
            if (status == "done") return end();
            if (status == "idle") return Polled::idle(weir::Duration::max());
            if (status == "active") return weir::Event<Row>{}; // what ends idleness is an event
        }
        return done_ ? Polled::ended() : Polled::nothing(weir::Duration::max());
    }
    weir::Polled<event_type> next(std::stop_token, std::chrono::steady_clock::time_point) { return poll(); }
    [[nodiscard]] std::pair<std::size_t, bool> position() const noexcept { return {at_, done_}; }
    void seek(std::pair<std::size_t, bool> position) { std::tie(at_, done_) = position; }

private:
    weir::Polled<event_type> end() {
        done_ = true;
        return weir::Polled<event_type>::ended();
    }
    const Case* case_;
    Unit unit_;
    std::shared_ptr<Gate> gate_;
    std::int64_t number_;
    std::size_t at_ = 0;
    bool done_ = false;
};

/// The watermark behind a merge of N inputs.
template <int N, Marks From>
struct Merged {
    static constexpr bool in_any_order = false;
    const Case* c;
    Unit unit;

    auto job(const Record& record) const {
        return merged(record, std::make_index_sequence<N>{}) | Watching{record, unit, true, From == Marks::given} | weir::for_each([](const Row&) {});
    }

private:
    template <std::size_t... I>
    auto merged(const Record& record, std::index_sequence<I...>) const {
        return weir::merge(part(record, I)...);
    }
    auto part(const Record& record, std::size_t number) const {
        auto source = weir::from(Channel(*c, unit, record->gate, static_cast<std::int64_t>(number)));
        if constexpr (From == Marks::given) return source;
        else return std::move(source) | weir::event_time(&Row::time, strategy<From>(*c, unit));
    }
};

template <int N, Marks From>
void replay_merged(const Case& c) {
    judge(c, replay(c, {Unit{1'000'000}, Unit{1}}, [&](Unit unit) { return Merged<N, From>{&c, unit}; }));
}
template <Marks From>
void replay_merged(const Case& c, std::int64_t inputs) {
    if (inputs == 1) replay_merged<1, From>(c);
    else if (inputs == 2) replay_merged<2, From>(c);
    else if (inputs == 3) replay_merged<3, From>(c);
    else if (inputs == 4) replay_merged<4, From>(c);
    else FAIL("more inputs than this test can merge: " << c.id);
}

template <Marks From>
void replay_generated(const Case& c) {
    if (const std::int64_t partitions = c.params.integer_or("partitions", 1); partitions > 1) replay_merged<From>(c, partitions);
    else judge(c, replay(c, {Unit{1'000'000}, Unit{1}}, [&](Unit unit) { return Generated<From>{&c, unit}; }));
}

} // namespace

TEST_CASE("watermarks are those of other engines' strategies") {
    for (const Case& given : cases_of({"watermark_gen"})) {
        const Case c = with_restored(given);
        switch (marks_of(c)) {
        case Marks::made: replay_generated<Marks::made>(c); break;
        case Marks::made_and_idle: replay_generated<Marks::made_and_idle>(c); break;
        case Marks::at_greatest: replay_generated<Marks::at_greatest>(c); break;
        case Marks::at_greatest_and_idle: replay_generated<Marks::at_greatest_and_idle>(c); break;
        case Marks::given: FAIL("a strategy that gives no watermark: " << c.id);
        }
    }
}

TEST_CASE("the watermark of several inputs is that of other engines") {
    for (const Case& c : cases_of({"watermark_merge"})) replay_merged<Marks::given>(c, c.params["channels"].integer());
}
