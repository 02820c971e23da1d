// SPDX-License-Identifier: BSL-1.0
// A case of a join as a pipeline of two inputs.
#pragma once
#include "conformance/features.hpp"
#include "conformance/replay.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

namespace conformance {

/// One of the inputs of a join: takes the steps of its side, and the watermarks that are everybody's.
class SideScript {
public:
    using event_type = weir::Event<Row>;
    static constexpr bool bounded = true;

    SideScript(const Case& c, Unit unit, std::shared_ptr<Gate> gate, std::string side) : case_(&c), unit_(unit), gate_(std::move(gate)), side_(std::move(side)) {}

    weir::Polled<event_type> poll() {
        using Polled = weir::Polled<event_type>;
        while (at_ < std::min(gate_->open_until, case_->input.size())) {
            const auto index = static_cast<std::int64_t>(at_);
            const Json& step = case_->input[at_++];
            if (step.string_or("side", side_) != side_) continue;
            if (step.has("watermark")) return Polled::watermark(unit_.mark(step["watermark"].integer()));
            if (not step.has("ts")) continue;
            if (step["ts"].is_null()) throw std::invalid_argument("an event without a time"); // an Event<Row> always has one
            const weir::Timestamp time = unit_.at(step["ts"].integer());
            return event_type{Row{step["key"], step["value"], time, {}, index}, time};
        }
        if (gate_->ends && at_ == case_->input.size()) return Polled::ended();
        return Polled::nothing(weir::Duration::max());
    }
    weir::Polled<event_type> next(std::stop_token, std::chrono::steady_clock::time_point) { return poll(); }
    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    void seek(std::size_t position) { at_ = position; }

private:
    const Case* case_;
    Unit unit_;
    std::shared_ptr<Gate> gate_;
    std::string side_;
    std::size_t at_ = 0;
};

/// A side of the join. As in SQL no row has the key of one without a key.
inline auto side_of(const Case& c, Unit unit, const Record& record, const char* name) {
    return weir::from(SideScript(c, unit, record->gate, name)) |
           weir::key_by([](const Row& row) { return row.key.is_null() ? Json::list({Json(row.index)}) : row.key; });
}

/// What a join gives, with null for what is missing.
struct Pair {
    Json key;
    Json value;
    weir::Timestamp time{};
};
inline Json value_or_null(const Row* row) { return row == nullptr ? Json() : row->value; }
inline Pair pair_of(const Row* left, const Row* right) {
    const weir::Timestamp time = left == nullptr ? right->time : right == nullptr ? left->time : std::max(left->time, right->time);
    return {left == nullptr ? right->key : left->key, Json::list({value_or_null(left), value_or_null(right)}), time};
}
/// The function of a join, of any type.
struct PairOf {
    static const Row* pointer(const Row& row) { return &row; }
    static const Row* pointer(const Row* row) { return row; }
    Pair operator()(const auto& left, const auto& right) const { return pair_of(pointer(left), pointer(right)); }
};

} // namespace conformance
