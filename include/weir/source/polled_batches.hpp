// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/source.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace weir::detail {

/// A source of batches that may have none yet, as an input of single events. It has
///     poll_batch(now) -> Polled<std::span<event_type>>   lent until the next call
///     position(), seek(position)                         of the next batch; where batches are cut may be another place each time
///     batch_position()                                   of the last batch that it gave
///     has_left()                                         whether that is no longer in what a sought position is in
///     rest() -> std::span<event_type>                    what it has read and not given, as if it ended there; empty: no more
template <typename Source>
class PolledBatchInput {
    using Batch = std::span<typename Source::event_type>;
    using Place = decltype(std::declval<const Source&>().position());

public:
    using stream = Stream<typename Source::event_type, Traits{.lent = false, .bounded = false, .waits = true}>;

    explicit PolledBatchInput(Source source) : source_(std::move(source)) {}

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp now) {
        if (batch_.empty()) {
            given_ = 0;
            Polled<Batch> polled = source_.poll_batch(now);
            if (polled.has_ended()) return {Drive::State::ended, {}};
            if (not polled) return {Drive::State::nothing, polled.retry_in()};
            take(*polled);
        }
        give(feed, limit);
        return {};
    }
    /// Before rest(): what its source has read in part is given, too.
    void drain() noexcept { drains_ = true; }
    template <typename Feed>
    Drive rest(Feed& feed, std::size_t limit) {
        if (batch_.empty() && drains_) {
            given_ = 0;
            const Batch last = source_.rest();
            drains_ = not last.empty();
            if (drains_) take(last);
        }
        give(feed, limit);
        return {batch_.empty() && not drains_ ? Drive::State::ended : Drive::State::ran, {}};
    }

    void save(StateWriter& to) const {
        to.put(batch_.empty() ? source_.position() : *position_);
        to.put(batch_.empty() ? skip_ : given_);
    }
    void load(StateReader& from) {
        source_.seek(from.get<Place>());
        from.get(skip_);
        batch_ = {};
    }

private:
    void take(Batch batch) {
        position_ = source_.batch_position();
        if (source_.has_left()) skip_ = 0; // what it was to pass over is there no more
        given_ = std::min(skip_, batch.size());
        skip_ -= given_;
        batch_ = batch.subspan(given_);
    }
    template <typename Feed>
    void give(Feed& feed, std::size_t limit) {
        read_span(feed, batch_.first(std::min(limit, batch_.size())), [this](std::size_t n) {
            batch_ = batch_.subspan(n);
            given_ += n;
        });
    }

    Source source_;
    Batch batch_{};
    std::optional<Place> position_; // before the current batch
    std::size_t given_ = 0;         // of the current batch
    std::size_t skip_ = 0;          // behind it, which had been given when its state was saved
    bool drains_ = false;
};

} // namespace weir::detail
