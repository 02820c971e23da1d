// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/batch_values.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A BatchSource as an input of single events. S is T& for the user's, T for one that we own.
template <typename S>
class BatchInput {
    using Source = std::remove_reference_t<S>;
    using Batch = decltype(std::declval<Source&>().next_batch());
    using Element = typename Batch::element_type;

public:
    static constexpr bool may_block = true; // for the next batch
    using batches = BatchValuesInput<S>; // the same source, read by as_batches
    using stream = Stream<typename Source::event_type,
                          Traits{.lent = std::is_const_v<Element>, .bounded = declared_bounded<Source>(true)}>;

    template <typename T>
    explicit BatchInput(T&& source) : source_(std::forward<T>(source)) {}

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp) {
        if (batch_.empty() && not next()) return {Drive::State::nothing, Duration::max()};
        if (batch_.empty()) return {Drive::State::ended, {}};
        rest(feed, limit);
        return {};
    }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline)
        requires LiveBatches<Source>
    {
        source_.get().wait(std::move(stop), deadline);
    }
    [[nodiscard]] bool waits_outside() const noexcept
        requires LiveBatches<Source>
    {
        return source_.get().is_live();
    }
    /// Before rest(): what its source has read in part is given, too.
    void drain() noexcept
        requires LiveBatches<Source>
    {
        drains_ = true;
    }
    template <typename Feed>
    Drive rest(Feed& feed, std::size_t limit) {
        if constexpr (LiveBatches<Source>)
            if (batch_.empty() && drains_) {
                begin_batch();
                drains_ = not (batch_ = source_.get().rest()).empty();
            }
        read_span(feed, batch_.first(std::min(limit, batch_.size())), [this](std::size_t given) {
            batch_ = batch_.subspan(given);
            skip_ += given;
        });
        return {batch_.empty() && not drains_ ? Drive::State::ended : Drive::State::ran, {}};
    }
    /// Whether nothing of its current batch waits to be handed on.
    [[nodiscard]] bool fresh() const noexcept { return batch_.empty(); }
    /// Gives up the source with what of its current batch has not been handed on (nothing, before it was driven).
    Held<S>& given() noexcept { return source_; }

    [[nodiscard]] SourceBytes measure()
        requires MeasuredSource<Source>
    {
        return source_.get().measure();
    }

    void save(StateWriter& to) const
        requires PositionedSource<Source>
    {
        to.put(position_ ? *position_ : source_.get().position());
        to.put(skip_);
    }
    void load(StateReader& from)
        requires PositionedSource<Source>
    {
        source_.get().seek(from.get<decltype(source_.get().position())>());
        batch_ = {};
        position_.reset();
        const auto skip = from.get<std::size_t>();
        if (skip == 0) return;
        next();
        skip_ = std::min(skip, batch_.size());
        batch_ = batch_.subspan(skip_);
    }

private:
    void begin_batch() {
        if constexpr (PositionedSource<Source>) position_ = source_.get().position();
        skip_ = 0;
    }
    /// False: there is none yet.
    bool next() {
        begin_batch();
        if constexpr (LiveBatches<Source>) {
            const std::optional<Batch> batch = source_.get().try_batch();
            if (batch) batch_ = *batch;
            return batch.has_value();
        } else {
            batch_ = source_.get().next_batch();
            return true;
        }
    }
    struct NoPosition {};
    template <typename T>
    static auto position_type() {
        if constexpr (PositionedSource<T>) return std::optional<decltype(std::declval<const T&>().position())>{};
        else return NoPosition{};
    }

    Held<S> source_;
    Batch batch_{};
    std::size_t skip_ = 0; // how many of the current batch have been handed on
    bool drains_ = false;
    WEIR_NO_UNIQUE_ADDRESS decltype(position_type<Source>()) position_{}; // before the current batch
};

} // namespace weir::detail
