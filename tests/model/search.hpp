// SPDX-License-Identifier: BSL-1.0
// All ways through a program that makes choices: it is run again and again from its beginning, each time another way, until none is left.
#pragma once
#include <cstddef>
#include <vector>

namespace model {

/// Depth first. A choice is asked for with its number of answers; what led to it is the same whenever it is reached again.
class Search {
public:
    /// 0 ... n - 1: as chosen before on this way, or the first of a new choice.
    std::size_t choose(std::size_t n) {
        if (n == 1) return 0;
        if (at_ == way_.size()) way_.push_back({0, n});
        return way_[at_++].chosen;
    }
    /// To the next way; false: all were taken.
    bool next() {
        at_ = 0;
        while (not way_.empty() && ++way_.back().chosen == way_.back().of) way_.pop_back();
        return not way_.empty();
    }

private:
    struct Choice {
        std::size_t chosen, of;
    };
    std::vector<Choice> way_;
    std::size_t at_ = 0; // in the way
};

} // namespace model
