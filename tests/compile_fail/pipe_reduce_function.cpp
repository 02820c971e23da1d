// expect: pipe_reduce<Key, Value>\(\.\.\.\): it takes an aggregate of these values, such as sum\(\) or into<Row>\(count\(\), mean\(\)\), or a chain
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <weir/pipe.hpp>

#include <string>

int main() {
    const auto negated = [](int n) { return -n; };
#ifdef FIXED
    return weir::pipe_reduce<std::string, int>(weir::map(negated));
#else
    return weir::pipe_reduce<std::string, int>(negated);
#endif
}
