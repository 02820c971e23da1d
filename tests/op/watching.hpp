// SPDX-License-Identifier: BSL-1.0
// Operators that say what passes, for tests of operators with chains inside. Times are seconds.
#pragma once
#include <weir/core.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watching {

using weir::operator|; // found where both sides are ours

inline weir::Timestamp at(std::int64_t second) { return weir::Timestamp{std::chrono::seconds(second)}; }
inline std::int64_t second_of(weir::Timestamp t) { return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count(); }

/// Writes down what passes: events as "3" or "3@7", watermarks as "w7" and "w+", the end as "end".
class Watch {
public:
    using kind = weir::OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    explicit Watch(std::vector<std::string>& log, std::string prefix = {}) : log_(&log), prefix_(std::move(prefix)) {}

    template <typename S>
    using out = S;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if constexpr (weir::is_timed<E>) say(std::to_string(event.value) + '@' + std::to_string(second_of(event.time)));
        else say(std::to_string(event));
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        say(t == weir::max_time ? "w+" : 'w' + std::to_string(second_of(t)));
        next.on_watermark(t);
    }
    template <typename Next>
    void on_end(Next& next) {
        say("end");
        next.on_end();
    }

private:
    void say(const std::string& what) { log_->push_back(prefix_ + what); }
    std::vector<std::string>* log_;
    std::string prefix_;
};

/// The sum of the events of each `width` seconds, given when the watermark reaches the last of them, as R1 wants it.
class SumPer {
public:
    using kind = weir::OperatorKind;
    explicit SumPer(std::int64_t width) : width_(width) {}

    template <typename S>
    using out = weir::with_event_t<S, int>;

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        sums_[second_of(event.time) / width_ * width_ + width_ - 1] += event.value;
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        while (not sums_.empty() && at(sums_.begin()->first) <= t) {
            const auto [second, sum] = *sums_.begin();
            sums_.erase(sums_.begin());
            next.on_watermark(at(second - 1));
            next.on_event(weir::Event<int>{sum, at(second)});
        }
        next.on_watermark(t);
    }
    void report(weir::OperatorReport&) const {}

private:
    std::int64_t width_;
    std::map<std::int64_t, int> sums_;
};

} // namespace watching
