// expect: pipe_map\(chain\), pipe_reduce\(chain\): the chain ends in a sink, so nothing is left for the program's output
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <weir/pipe.hpp>

int main() {
#ifdef FIXED
    return weir::pipe_map(weir::tap([](std::string_view) {}));
#else
    return weir::pipe_map(weir::for_each([](std::string_view) {}));
#endif
}
