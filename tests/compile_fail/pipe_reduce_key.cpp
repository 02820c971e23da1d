// expect: pipe_reduce<Key, Value>\(\.\.\.\): Key or Value cannot be read from the fields of a line
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <weir/pipe.hpp>

#include <string>
#include <vector>

int main() {
#ifdef FIXED
    using Key = std::string;
#else
    using Key = std::vector<int>;
#endif
    return weir::pipe_reduce<Key, int>(weir::sum());
}
