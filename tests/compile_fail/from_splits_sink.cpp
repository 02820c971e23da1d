// expect: from_splits\(source, chain\): a sink in it \(late_to, dead_letter, a branch\) would be made for each split
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>

struct Split {
    using event_type = int;
    std::optional<int> next() { return {}; }
    int id() const { return 1; }
};
struct Reader {
    using split_type = Split;
    weir::SplitChanges<Split, int> changes() { return {.ended = true}; }
};

int main() {
    const auto print = [](const auto&) {};
    const auto half = [](int x) { return x / 2; };
#ifdef FIXED
    const auto letters = weir::for_each(weir::shareable(print));
#else
    const auto letters = weir::for_each(print);
#endif
    weir::run(weir::from_splits(Reader{}, weir::try_map(half, weir::dead_letter(letters))) | weir::for_each(print));
}
