// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/batch_value.hpp>
#include <weir/source/source.hpp>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A BatchSource as an input of batches, with its own cuts: each is one event, lent as the source lends it.
/// The time of a batch is that of its latest event, where the source gives Event<T>s. S is T& for the user's, T for one that we own.
template <typename S>
class BatchValuesInput {
    using Source = std::remove_reference_t<S>;
    using Element = typename decltype(std::declval<Source&>().next_batch())::element_type;
    static constexpr bool timed = is_timed<Element>;

public:
    static constexpr bool may_block = true; // for the next batch
    using stream = Stream<std::conditional_t<timed, Event<Batch<Element>>, Batch<Element>>, Traits{.bounded = declared_bounded<Source>(true)}>;

    explicit BatchValuesInput(Held<S> source) : source_(std::move(source)) {}

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t, Timestamp) {
        if (not feed.ready()) return {};
        if constexpr (LiveBatches<Source>) {
            const auto batch = source_.get().try_batch();
            return batch ? give(feed, Batch<Element>(*batch)) : Drive{Drive::State::nothing, Duration::max()};
        } else {
            return give(feed, Batch<Element>(source_.get().next_batch()));
        }
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
    Drive rest([[maybe_unused]] Feed& feed, std::size_t) {
        if constexpr (LiveBatches<Source>)
            if (drains_) return feed.ready() ? give(feed, Batch<Element>(source_.get().rest())) : Drive{};
        return {Drive::State::ended, {}};
    }

    void save(StateWriter& to) const
        requires PositionedSource<Source>
    {
        to.put(source_.get().position());
    }
    void load(StateReader& from)
        requires PositionedSource<Source>
    {
        source_.get().seek(from.get<std::remove_cvref_t<decltype(source_.get().position())>>());
    }

private:
    template <typename Feed>
    static Drive give(Feed& feed, const Batch<Element>& batch) {
        if (batch.empty()) return {Drive::State::ended, {}};
        if constexpr (timed) feed.event(Event<Batch<Element>>{batch, latest_of(batch.values())});
        else feed.event(Batch<Element>(batch));
        return {};
    }

    Held<S> source_;
    bool drains_ = false;
};

} // namespace weir::detail
