// expect: enum_names\(\.\.\.\): a name or a value is missing
// SPDX-License-Identifier: BSL-1.0
#include <weir/core/text_value.hpp>

enum class Side { buy, sell };
template <>
struct weir::EnumNames<Side> {
#ifdef FIXED
    static constexpr auto names() { return weir::enum_names("buy", Side::buy, "sell", Side::sell); }
#else
    static constexpr auto names() { return weir::enum_names("buy", Side::buy, "sell"); }
#endif
};

int main() {
    Side side{};
    return weir::TextValue<Side>::parse("buy", side) ? 0 : 1;
}
