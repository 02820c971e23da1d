// expect: pipe_map\(chain\), pipe_reduce\(chain\): what the chain gives cannot be written as a record
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <weir/pipe.hpp>

#include <vector>

int main() {
#ifdef FIXED
    return weir::pipe_map(weir::map([](std::string_view line) { return line.size(); }));
#else
    return weir::pipe_map(weir::map([](std::string_view line) { return std::vector<char>(line.size()); }));
#endif
}
