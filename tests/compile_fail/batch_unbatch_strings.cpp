// expect: unbatch\(\): this stream gives strings, and a string is one value, not a batch\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
#ifdef FIXED
    const std::vector<std::vector<char>> words(3);
#else
    const std::vector<std::string> words(3);
#endif
    weir::run(weir::from(words) | weir::unbatch() | weir::for_each([](char) {}));
}
