// SPDX-License-Identifier: BSL-1.0
// A case as a stream: its events, the script that gives them one by one, and the aggregates that the cases ask for.
#pragma once
#include "conformance/case.hpp"

#include <weir/testing.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

/// How long a millisecond of a case is here. A watermark of W ms says the same as one of (W + 1) ms - 1 ns.
struct Unit {
    std::int64_t ns = 1'000'000;

    [[nodiscard]] weir::Duration length(std::int64_t ms) const { return weir::Duration(ms * ns); }
    [[nodiscard]] weir::Timestamp at(std::int64_t ms) const { return weir::Timestamp(weir::Duration(ms * ns)); }
    [[nodiscard]] weir::Timestamp mark(std::int64_t ms) const { return at(ms) + weir::Duration(ns - 1); }
    /// A watermark in milliseconds again; null before the first.
    [[nodiscard]] Json mark_ms(weir::Timestamp t) const {
        if (t == weir::min_time) return {};
        const weir::Timestamp border = t + weir::Duration(1);
        if (at(ms(border)) == border) return Json(ms(border) - 1);
        return Json(fmt::format("{} ns, no whole millisecond", t.time_since_epoch().count()));
    }
    /// Back to milliseconds, upwards: the last nanosecond before a border counts as the border.
    [[nodiscard]] std::int64_t ms(weir::Timestamp t) const {
        const std::int64_t count = t.time_since_epoch().count();
        const std::int64_t down = count / ns - (count % ns < 0 ? 1 : 0);
        return down + (down * ns == count ? 0 : 1);
    }
    /// Whether all of a case's times are within the range of nanoseconds if a millisecond is one.
    [[nodiscard]] bool fits(const Json& json) const {
        constexpr std::int64_t slack = 1'000'000;
        if (json.type() == Json::Type::integer) return ns == 1 || std::abs(json.integer()) < std::numeric_limits<std::int64_t>::max() / ns - slack;
        return std::all_of(json.inside().begin(), json.inside().end(), [this](const Json& j) { return fits(j); });
    }
    [[nodiscard]] bool fits(const Case& c) const {
        return fits(c.params) && std::all_of(c.input.begin(), c.input.end(), [this](const Json& j) { return fits(j); });
    }
};

/// An element of a case.
struct Row {
    Json key;
    Json value;
    weir::Timestamp time{};
    weir::Duration gap{};
    std::int64_t index = 0; ///< of the step of the case

    static constexpr auto fields() {
        return weir::fields("key", &Row::key, "value", &Row::value, "time", &Row::time, "gap", &Row::gap, "index", &Row::index);
    }
};

/// How far a script may go.
struct Gate {
    std::size_t open_until = 0;
    bool ends = false;               ///< behind the last step the stream ends; else it has nothing more to say
    std::function<void()> probed{};  ///< called at a step that asks for the watermark
};

/// The source of a replay: gives the steps of a case that the gate lets pass. It knows its position and can seek to it.
/// Of windows on processing time it gives the elements the time that the case's clock shows, and each step of it as a watermark.
class Script {
public:
    using event_type = weir::Event<Row>;
    static constexpr bool bounded = true;

    Script(const Case& c, Unit unit, std::shared_ptr<Gate> gate) : case_(&c), unit_(unit), gate_(std::move(gate)) {}

    weir::Polled<event_type> poll() {
        using Polled = weir::Polled<event_type>;
        while (at_ < std::min(gate_->open_until, case_->input.size())) {
            const auto index = static_cast<std::int64_t>(at_);
            const Json& step = case_->input[at_++];
            if (step.has("watermark")) return Polled::watermark(unit_.mark(step["watermark"].integer()));
            if (step.has("proc_time") && processing_time()) return Polled::watermark(unit_.mark(step["proc_time"].integer()));
            if (step["end"].is_true() && at_ < case_->input.size()) return Polled::watermark(weir::max_time);
            if (step["probe"].is_true() && gate_->probed) gate_->probed();
            if (step.has("register_timer") || step.has("delete_timer")) return weir::Event<Row>{Row{step["key"], step, {}, {}, index}, {}};
            if (not step.has("ts")) continue;
            Row row{step["key"], step["value"], {}, unit_.length(step.integer_or("gap", 0)), index};
            if (processing_time()) row.time = clock_at(at_);
            else if (not step["ts"].is_null()) row.time = unit_.at(step["ts"].integer());
            const weir::Timestamp time = row.time;
            return weir::Event<Row>{std::move(row), time};
        }
        if (gate_->ends && at_ == case_->input.size()) return Polled::ended();
        return Polled::nothing(weir::Duration::max());
    }
    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    void seek(std::size_t position) { at_ = position; }

private:
    [[nodiscard]] bool processing_time() const { return case_->params.string_or("time", "event") == "processing"; }
    /// What the case's clock shows before step `at`.
    [[nodiscard]] weir::Timestamp clock_at(std::size_t at) const {
        while (at > 0)
            if (const Json& step = case_->input[--at]; step.has("proc_time")) return unit_.at(step["proc_time"].integer());
        return {};
    }

    const Case* case_;
    Unit unit_;
    std::shared_ptr<Gate> gate_;
    std::size_t at_ = 0;
};

/// The same for durable jobs, which so far want a source that can wait.
struct WaitingScript : Script {
    using Script::Script;
    weir::Polled<event_type> next(std::stop_token, std::chrono::steady_clock::time_point) { return poll(); }
};

// ---- aggregates

struct IntegerOf {
    std::int64_t operator()(const Row& row) const { return row.value.integer(); }
};
struct NumberOf {
    double operator()(const Row& row) const { return row.value.number(); }
};
/// A value that is listed: in the order of times, of arrival, or its own.
struct Item {
    weir::Timestamp time{};
    std::int64_t index = 0;
    Json value;
    static constexpr auto fields() { return weir::fields("time", &Item::time, "index", &Item::index, "value", &Item::value); }
};
struct ItemOf {
    Item operator()(const Row& row) const { return {row.time, row.index, row.value}; }
};
using Items = std::vector<Item>;

/// The aggregate that a case names, made of the library's: one type for all cases, as each type is a pipeline more to compile.
class Chosen {
public:
    using Sum = decltype(weir::sum(IntegerOf{}));
    using RealSum = decltype(weir::sum(NumberOf{}));
    using Min = decltype(weir::min(&Row::value));
    using Max = decltype(weir::max(&Row::value));
    using List = decltype(weir::collect(ItemOf{}));

    struct Parts {
        weir::aggregate_state_t<Sum, Row> sum;
        weir::aggregate_state_t<RealSum, Row> real_sum;
        weir::aggregate_state_t<weir::Count, Row> count;
        weir::aggregate_state_t<Min, Row> min;
        weir::aggregate_state_t<Max, Row> max;
        weir::aggregate_state_t<List, Row> list;

        static constexpr auto fields() {
            return weir::fields("sum", &Parts::sum, "real_sum", &Parts::real_sum, "count", &Parts::count, "min", &Parts::min, "max", &Parts::max,
                                "list", &Parts::list);
        }
    };
    template <typename T>
    using State = Parts;
    template <typename T>
    static constexpr weir::AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    explicit Chosen(std::string name, bool is_session = false) : is_session_(is_session), name_(std::move(name)) {}

    void add(Parts& state, const Row& row) const {
        count_.add(state.count, row);
        if (name_ == "sum" && row.value.type() == Json::Type::integer) sum_.add(state.sum, row);
        else if (name_ == "sum") real_sum_.add(state.real_sum, row);
        else if (name_ == "min") min_.add(state.min, row);
        else if (name_ == "max") max_.add(state.max, row);
        else if (name_ != "count") list_.add(state.list, row);
    }
    void merge(Parts& state, const Parts& later) const {
        sum_.merge(state.sum, later.sum);
        real_sum_.merge(state.real_sum, later.real_sum);
        count_.merge(state.count, later.count);
        min_.merge(state.min, later.min);
        max_.merge(state.max, later.max);
        list_.merge(state.list, later.list);
    }
    [[nodiscard]] Json finish(const Parts& state) const {
        if (name_ == "count") return Json(static_cast<std::int64_t>(count_.finish(state.count)));
        if (name_ == "sum") return Json::real(static_cast<double>(sum_.finish(state.sum)) + real_sum_.finish(state.real_sum));
        if (name_ == "min") return min_.finish(state.min);
        if (name_ == "max") return max_.finish(state.max);
        return of_list(list_.finish(state.list));
    }
    [[nodiscard]] static bool knows(std::string_view name) {
        for (const char* known : {"sum", "count", "max", "min", "list", "list_by_ts", "bag", "count_by_value"})
            if (name == known) return true;
        return false;
    }

private:
    [[nodiscard]] Json of_list(Items items) const {
        // Sessions that merge list their values one session after the other; who wants the order of arrival brings it along.
        if (is_session_) std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.index < b.index; });
        if (name_ == "list_by_ts") std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.time < b.time; });
        if (name_ == "bag") std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.value < b.value; });
        if (name_ == "count_by_value") {
            Json counts = Json::object();
            for (const Item& item : items) {
                Json& n = counts.member(item.value.is_string() ? item.value.string() : item.value.text());
                n = Json(n.is_null() ? std::int64_t{1} : n.integer() + 1);
            }
            return counts;
        }
        std::vector<Json> elements;
        for (Item& item : items) elements.push_back(std::move(item.value));
        return Json::list(std::move(elements));
    }
    bool is_session_;
    std::string name_;
    Sum sum_ = weir::sum(IntegerOf{});
    RealSum real_sum_ = weir::sum(NumberOf{});
    weir::Count count_ = weir::count();
    Min min_ = weir::min(&Row::value);
    Max max_ = weir::max(&Row::value);
    List list_ = weir::collect(ItemOf{});
};

} // namespace conformance
