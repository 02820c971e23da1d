// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

namespace weir::detail {

/// How large and how old batches may become so that an event's result comes within a budget, in 99 of 100 cases, as long as that can be.
/// What a batch of n events costs is taken as fixed + each * n: a line through the batches so far, older ones with less weight (weighted
/// least squares), times a factor that 99 of 100 have kept (a quantile by stochastic approximation, Robbins and Monro, 1951). An event may
/// come just as a batch begins to be processed, so it waits for that one and then for its own:
///     a batch is full when it would cost half the budget;
///     it is cut when its first event's age and what it would cost now make up the budget.
/// A tenth of the budget is kept back. The size at most doubles from one full batch to the next. Where the fixed cost alone is over half
/// the budget, which then cannot be kept, batches are what comes within a quarter of that cost, so that nothing piles up.
class BatchPace {
public:
    explicit BatchPace(Duration budget = Duration::max()) noexcept : budget_(0.9 * static_cast<double>(budget.count())) {}

    /// The first event of a batch is there. One that comes directly behind a batch may have come when that began to be processed.
    void first(Timestamp now) noexcept {
        seen_ = first_ = now;
        if (until_ != min_time && now - until_ <= (until_ - from_) / 16 + std::chrono::microseconds(20)) first_ = from_;
    }
    /// When a batch of that first event with n of them has to be cut.
    [[nodiscard]] Timestamp deadline(std::size_t n) const noexcept {
        if (is_too_dear()) return saturating_add(seen_, Duration(static_cast<Duration::rep>(fixed_ / 4)));
        return saturating_add(first_, Duration(static_cast<Duration::rep>(std::max(budget_ - cost(n), 0.0))));
    }
    /// Events of a full batch.
    [[nodiscard]] std::size_t most() const noexcept {
        if (is_too_dear() || each_ <= 0) return grown_;
        return std::clamp<std::size_t>(static_cast<std::size_t>(std::min((budget_ / 2 / factor_ - fixed_) / each_, 1e18)), 1, grown_);
    }
    /// A batch of n events was processed.
    void took(std::size_t n, Timestamp from, Timestamp until) noexcept {
        from_ = from;
        until_ = until;
        const double x = static_cast<double>(n), y = static_cast<double>(std::max(until - from, Duration::zero()).count());
        if (weight_ > 0) {
            constexpr double step = 0.05;
            const double one = fixed_ + each_ * x;
            factor_ = std::clamp(factor_ + (y > factor_ * one ? step * 0.99 * 4 : -step * 0.01 * 4), 1.0, 4.0);
        }
        constexpr double kept = 15.0 / 16;
        for (double* const sum : {&weight_, &x_, &y_, &xx_, &xy_}) *sum *= kept;
        weight_ += 1;
        x_ += x;
        y_ += y;
        xx_ += x * x;
        xy_ += x * y;
        const double spread = weight_ * xx_ - x_ * x_;
        if (spread > 1e-6 * x_ * x_) {
            each_ = std::clamp((weight_ * xy_ - x_ * y_) / spread, 0.0, y_ / x_);
            fixed_ = std::max((y_ - each_ * x_) / weight_, 0.0);
        } else { // all of one size: nothing says which part grows with it. Of single events none, so that two are tried.
            each_ = x_ > weight_ ? y_ / x_ : 0;
            fixed_ = x_ > weight_ ? 0 : y_ / weight_;
        }
        if (n >= grown_ / 2 && grown_ < unlimited / 4) grown_ *= 2;
    }
    void save(StateWriter& to) const {
        for (const double number : {fixed_, each_, factor_, weight_, x_, y_, xx_, xy_}) to.put(number);
        to.put(grown_);
        for (const Timestamp time : {seen_, first_, from_, until_}) to.put(time);
    }
    void load(StateReader& from) {
        for (double* const number : {&fixed_, &each_, &factor_, &weight_, &x_, &y_, &xx_, &xy_}) from.get(*number);
        from.get(grown_);
        for (Timestamp* const time : {&seen_, &first_, &from_, &until_}) from.get(*time);
    }
    /// For people.
    [[nodiscard]] std::string text() const {
        const auto micros = [](double ns) {
            const auto tenths = static_cast<unsigned long long>(ns / 100);
            return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " us";
        };
        return "batches of at most " + std::to_string(most()) + " events; a batch costs " + micros(fixed_) + " and " + micros(each_) + " an event, at most " +
               std::to_string(static_cast<int>(factor_ * 100)) + " % of that";
    }

private:
    [[nodiscard]] bool is_too_dear() const noexcept { return factor_ * fixed_ >= budget_ / 2; }
    [[nodiscard]] double cost(std::size_t n) const noexcept { return factor_ * (fixed_ + each_ * static_cast<double>(n)); }

    double budget_; // all times in nanoseconds
    double fixed_ = 0;
    double each_ = 0;
    double factor_ = 1;
    double weight_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0; // sums over batches
    std::size_t grown_ = 1;
    Timestamp seen_ = min_time;  // the first event of the batch at hand,
    Timestamp first_ = min_time; // and when it may have come
    Timestamp from_ = min_time; // the last batch was processed
    Timestamp until_ = min_time;
};

} // namespace weir::detail
