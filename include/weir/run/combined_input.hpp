// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/block_line.hpp>
#include <weir/run/exchange_input.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace weir::detail {

/// The input of a copy for which events are combined before they are divided: takes single events, and blocks of rows between them.
template <typename Slot, typename Block>
class CombinedInput : public ExchangeInput<Slot, false> {
    using Base = ExchangeInput<Slot, false>;

public:
    CombinedInput(std::shared_ptr<Channel<Slot>> channel, std::shared_ptr<BlockLine<Block>> blocks)
        : Base(channel, nullptr), channel_(std::move(channel)), blocks_(std::move(blocks)) {}

    template <typename FeedOf, typename Here>
    Drive drive(FeedOf& feed, std::size_t limit, Here& here) {
        WithBlocks<FeedOf> both(feed, *this);
        return Base::drive(both, limit, here);
    }

private:
    template <typename FeedOf>
    class WithBlocks : public FeedOf {
    public:
        WithBlocks(const FeedOf& feed, CombinedInput& input) : FeedOf(feed), input_(input) {}
        /// Gives the watermark behind it.
        Timestamp take_block() {
            Block& block = input_.blocks_->take();
            FeedOf::part(block);
            std::atomic<std::uint64_t>& taken = input_.channel_->taken;
            taken.store(taken.load(std::memory_order_relaxed) + block.events, std::memory_order_relaxed); // nobody else writes it
            return block.mark;
        }

    private:
        CombinedInput& input_;
    };

    std::shared_ptr<Channel<Slot>> channel_;
    std::shared_ptr<BlockLine<Block>> blocks_;
};

} // namespace weir::detail
