// expect: collect_into\(container\): it would keep views of texts that live only during the call\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
#ifdef FIXED
    std::vector<std::string> out;
#else
    std::vector<std::string_view> out;
#endif
    weir::run(weir::from_lines("file") | weir::collect_into(out));
}
