// expect: key_by\(projection\.\.\.\): this key has views of texts among its fields
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>

#ifdef FIXED
using Text = std::string;
#else
using Text = std::string_view;
#endif

struct Place {
    Text name;
    int number;
    static constexpr auto fields() { return weir::fields("name", &Place::name, "number", &Place::number); }
};

int main() {
    weir::run(weir::from_lines("file") | weir::key_by([](std::string_view line) { return Place{Text(line), 1}; }) | weir::aggregate(weir::count()) |
              weir::for_each([](const auto&) {}));
}
