// expect: from_splits\(source, chain\): chain ends in a sink
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
    const auto sink = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from_splits(Reader{}) | sink);
#else
    weir::run(weir::from_splits(Reader{}, sink));
#endif
}
