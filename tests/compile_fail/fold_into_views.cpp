// expect: fold_into\(total, fn\): it would keep a view of a text that lives only during the call\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <algorithm>
#include <string>
#include <string_view>

int main() {
#ifdef FIXED
    std::string last;
#else
    std::string_view last;
#endif
    weir::run(weir::from_lines("file") | weir::fold_into(last, [](std::string_view a, std::string_view b) { return std::max(a, b); }));
}
