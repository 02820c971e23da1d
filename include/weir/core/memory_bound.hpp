// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/batch_value.hpp>
#include <weir/core/event.hpp>
#include <weir/core/walk.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// A part of a job that keeps events or state.
struct MemoryPart {
    std::string name;      ///< as in the Report
    std::size_t bytes = 0; ///< at most
    bool bounded = true;   ///< false: nothing bounds it, or it takes its share of RunOptions::memory
    std::string note{};    ///< why it is not bounded, or what is not counted
};

/// What a job keeps in memory at most.
struct MemoryBound {
    std::size_t bytes = 0; ///< of the parts that are bounded
    bool bounded = true;   ///< whether that is all
    std::vector<MemoryPart> parts{};
};

/// What cannot be seen of types.
struct MemoryBoundOptions {
    std::size_t event_bytes = 0; ///< what an event or key owns beside its own bytes (texts, vectors), at most; 0: it is not counted
    std::size_t workers = 1;     ///< as in RunOptions: each keeps what it gathers
};

namespace detail {

[[nodiscard]] constexpr std::size_t times(std::size_t a, std::size_t b) noexcept {
    return b != 0 && a > std::numeric_limits<std::size_t>::max() / b ? std::numeric_limits<std::size_t>::max() : a * b;
}
[[nodiscard]] constexpr std::size_t plus(std::size_t a, std::size_t b) noexcept { return a + std::min(b, std::numeric_limits<std::size_t>::max() - a); }
/// What an array that doubles takes for n items, while it grows too: the next size, for tables that are never more than 5/8 full, and half of it.
[[nodiscard]] constexpr std::size_t grown(std::size_t n, std::size_t item) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 8;
    return n > most ? std::numeric_limits<std::size_t>::max() : times(std::bit_ceil(std::max<std::size_t>(n + n / 2 + n / 8, 8)) / 2 * 3, item);
}

/// Goes along a chain and asks each operator: op.say_memory(walk, stream) calls one of these for what it keeps.
class MemoryWalk {
public:
    MemoryWalk(MemoryBound& to, const MemoryBoundOptions& options) : to_(to), options_(options) {}
    [[nodiscard]] Identities& names() noexcept { return names_; }

    /// The operator that is asked. gathers: workers have copies of it, of which some have ended while others begin.
    void is_at(std::uint32_t id, bool gathers = false) noexcept {
        id_ = id;
        copies_ = gathers && options_.workers > 1 ? plus(times(2, options_.workers), 2) : 1;
    }
    void bounded(std::size_t bytes, std::string_view note = {}) {
        bytes = times(copies_, bytes);
        to_.bytes = plus(to_.bytes, bytes);
        to_.parts.push_back({names_[id_], bytes, true, note.empty() && std::exchange(uncounted_, false) ? "what its events own is not counted: say MemoryBoundOptions::event_bytes" : std::string(note)});
    }
    void unbounded(std::string_view why) {
        to_.bounded = uncounted_ = false;
        to_.parts.push_back({names_[id_], 0, false, std::string(why)});
    }
    /// It keeps a whole set, and leaves memory for files when that is more than it may.
    void given() { to_.parts.push_back({names_[id_], 0, false, "takes its share of RunOptions::memory"}); }

    /// What a value takes where it is kept.
    template <typename E>
    [[nodiscard]] std::size_t of_one() {
        using V = value_t<E>;
        if constexpr (knows_times<V>) return plus(sizeof(E), batch_);
        else if constexpr (std::is_trivially_copyable_v<V>) return sizeof(E);
        else {
            if (options_.event_bytes == 0) uncounted_ = true;
            return plus(sizeof(E), options_.event_bytes);
        }
    }
    /// Batches take so much from here on.
    void batches_of(std::size_t bytes) noexcept { batch_ = bytes; }

private:
    MemoryBound& to_;
    const MemoryBoundOptions& options_;
    Identities names_;
    std::uint32_t id_ = 0;
    std::size_t copies_ = 1;
    std::size_t batch_ = 0;
    bool uncounted_ = false;
};

} // namespace detail
} // namespace weir
