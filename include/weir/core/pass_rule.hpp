// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weir::detail {

/// Whether to go in passes is found out by them: who changes his mind less than every `steady` events can be foretold, and goes by the
/// fused loop for a while. Of others the clock says which way is faster, tried on some events after the other now and then: filters that
/// follow a pattern are foretold, too, and to a loop that the compiler has made without a branch they are all the same.
class PassRule {
public:
    enum class Way : unsigned char { passes, fused };
    static constexpr std::size_t steady = 10;
    static constexpr std::size_t tried = 128; // events each way,
    static constexpr std::size_t rounds = 4;  // so often at most: the first warms up
    static constexpr std::size_t trial = 2 * tried * rounds;

    /// As many events go by the fused loop now; 0: in passes.
    [[nodiscard]] constexpr std::uint32_t fused() const noexcept { return way_ == Way::fused ? left_ : 0; }
    constexpr void went_fused(std::size_t events) noexcept { go_on(events); }
    /// A block went by, in which filters have changed so often between keeping and dropping.
    constexpr void saw(std::size_t changes, std::size_t events) noexcept {
        if (changes * steady < events) keep(Way::fused, a_while, 0);
        else go_on(events);
    }
    /// Whether it is time to try both ways, or to draw when it will be.
    [[nodiscard]] constexpr bool wants_trial() const noexcept { return left_ == 0; }
    [[nodiscard]] constexpr bool has_drawn() const noexcept { return now_ != 0; }
    /// Goes on by the way that was faster, for longer each time it is the same. drawn: any number. Who reads the same events again and again
    /// would else try the same ones each time, which the processor remembers.
    constexpr void keep_faster(Way way, std::uint64_t drawn) noexcept { keep(way, way == Way::fused ? 1024 : a_while, drawn); }

private:
    constexpr void keep(Way way, std::uint32_t events, std::uint64_t drawn) noexcept {
        now_ = way == way_ ? std::clamp(4 * now_, events, most) : events;
        way_ = way;
        left_ = now_ + static_cast<std::uint32_t>(now_ / 64 * (drawn % 64));
    }
    constexpr void go_on(std::size_t events) noexcept { left_ -= static_cast<std::uint32_t>(std::min<std::size_t>(left_, events)); }

    static constexpr std::uint32_t a_while = 64 * 256;
    static constexpr std::uint32_t most = 64 * a_while;
    std::uint32_t left_ = a_while / 4;
    std::uint32_t now_ = 0; // what it was, but for what was drawn
    Way way_ = Way::passes;
};

} // namespace weir::detail
