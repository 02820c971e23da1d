// SPDX-License-Identifier: BSL-1.0
#include "laws/laws.hpp"

namespace {

/// The laws that need event time, on events of which some come late.
template <typename Make>
void hold_for_timed(Make make) {
    const weir::LawOptions options{.runs = 12};
    for (const std::uint64_t seed : {7U, 8U, 9U}) {
        const weir::TestStream<int> script = laws::timed(60, seed);
        weir::detail::check_equivalence_of<true>(script.items(), make, options);
        weir::check_recovery(script, make, options);
    }
}

constexpr auto ignore = [](int) {};

} // namespace

TEST_CASE("drop_late keeps the laws") {
    hold_for_timed([](auto source, auto sink) { return std::move(source) | weir::drop_late() | std::move(sink); });
    hold_for_timed([](auto source, auto sink) {
        return std::move(source) | weir::drop_late().late_to(weir::micro_batch(3) | weir::unbatch() | weir::for_each(ignore)) | std::move(sink);
    });
}
