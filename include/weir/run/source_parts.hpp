// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/concepts.hpp>
#include <weir/source/batches.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace weir::detail {

/// The parts of a source, in order.
template <typename Source>
class SourceParts {
    static constexpr bool hands_out = PartedSource<Source>;
    static constexpr std::uint64_t most = 65'536;

public:
    /// bytes: of a part at most, about, where the source knows how many it has; 0: any number.
    SourceParts(Source source, std::size_t about, std::size_t bytes) {
        if constexpr (hands_out) {
            sources_.push_back(std::move(source));
        } else {
            if constexpr (MeasuredSource<Source>)
                if (bytes != 0) about = std::max(about, static_cast<std::size_t>(std::min<std::uint64_t>(source.measure().total / bytes, most)));
            sources_ = std::move(source).split(about);
        }
    }
    /// The input of a worker has the next part now; false: there are no more, nullopt: none yet. rest: what has been read in part.
    std::optional<bool> next(std::optional<BatchInput<Source>>& input, [[maybe_unused]] bool rest) {
        if constexpr (hands_out) {
            Source& source = sources_.front();
            if (not input) input.emplace(source.reader());
            Source& reader = input->given().get();
            if constexpr (LiveParts<Source>) return rest ? source.rest_part(reader) : source.try_part(reader);
            else return source.next_part(reader);
        } else {
            if (next_ == sources_.size()) return false;
            input.emplace(std::move(sources_[next_++]));
            return true;
        }
    }

    /// Beside others, before the part is read.
    void begin(std::optional<BatchInput<Source>>& input) {
        if constexpr (requires(Source& source) { source.begin_part(); }) input->given().get().begin_part();
    }

    /// Until there may be one, where there was none yet.
    void wait([[maybe_unused]] std::stop_token stop, [[maybe_unused]] std::chrono::steady_clock::time_point deadline) {
        if constexpr (hands_out && LiveParts<Source>) sources_.front().wait(std::move(stop), deadline);
    }

    /// How much of the source has been read, where parts are handed out by one that knows.
    [[nodiscard]] SourceBytes measure() {
        if constexpr (hands_out && MeasuredSource<Source>) return sources_.front().measure();
        else return {};
    }

private:
    std::vector<Source> sources_; // one, or the parts
    std::size_t next_ = 0;
};

} // namespace weir::detail
