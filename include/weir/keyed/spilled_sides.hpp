// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/partitions.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace weir::detail {

/// Both sides of a join that does not fit into memory: what has the same bits of its key's hash lies together, and is joined by itself.
template <typename Left, typename Right>
class SpilledSides {
    using LeftParts = Partitions<Left>;
    using RightParts = Partitions<Right>;

public:
    /// Those of the left side are past those of the right one; null: there are none.
    struct Part {
        std::unique_ptr<Spill<Left>> left;
        std::unique_ptr<Spill<Right>> right;
        unsigned depth = 0;
        [[nodiscard]] bool is_smallest() const noexcept { return depth == LeftParts::deepest; }
    };

    explicit SpilledSides(MemoryBudget::Share share) : share_(share), left_(share, 0), right_(share, 0), parts_(JobAllocator<Part>(share.source())) {}

    void put_left(std::uint64_t hash, const Left& row) { left_.put(hash, row); }
    void put_right(std::uint64_t hash, const Right& row) { right_.put(hash, row); }
    /// No more rows of the right side come: the memory of its files is free.
    void end_right() { right_.finish(); }

    /// When all have come: the parts, one after the other.
    void begin() { add_parts(left_, right_, 1); }
    [[nodiscard]] bool at_end() const noexcept { return parts_.empty(); }
    [[nodiscard]] Part next() {
        Part part = std::move(parts_.back());
        parts_.pop_back();
        return part;
    }
    /// A part that is too large gives smaller ones, which come next.
    template <typename HashOfLeft, typename HashOfRight>
    void split(Part part, const HashOfLeft& hash_of_left, const HashOfRight& hash_of_right) {
        LeftParts left(share_, part.depth);
        RightParts right(share_, part.depth);
        move(part.right, right, hash_of_right);
        move(part.left, left, hash_of_left);
        bytes_ += left.bytes() + right.bytes();
        add_parts(left, right, part.depth + 1);
    }

    [[nodiscard]] std::uint64_t bytes() const noexcept { return begun_ ? bytes_ : left_.bytes() + right_.bytes(); }
    void save(StateWriter& to) const {
        left_.save(to);
        right_.save(to);
    }
    template <typename HashOfLeft, typename HashOfRight>
    void load(StateReader& from, const HashOfLeft& hash_of_left, const HashOfRight& hash_of_right) {
        left_.load(from, hash_of_left);
        right_.load(from, hash_of_right);
    }

private:
    template <typename Row, typename HashOf>
    static void move(std::unique_ptr<Spill<Row>>& from, Partitions<Row>& to, const HashOf& hash_of) {
        if (not from) return;
        {
            auto reader = from->read();
            while (const auto row = reader.next()) to.put(hash_of(*row), *row);
        }
        from = nullptr;
        to.finish();
    }
    void add_parts(LeftParts& left, RightParts& right, unsigned depth) {
        left.finish();
        right.finish();
        if (not std::exchange(begun_, true)) bytes_ = left.bytes() + right.bytes();
        for (std::size_t i = LeftParts::ways; i-- > 0;)
            if (left.files()[i] || right.files()[i]) parts_.push_back({std::move(left.files()[i]), std::move(right.files()[i]), depth});
    }

    MemoryBudget::Share share_;
    LeftParts left_;
    RightParts right_;
    JobVector<Part> parts_; // the next one last
    std::uint64_t bytes_ = 0;
    bool begun_ = false;
};

} // namespace weir::detail
