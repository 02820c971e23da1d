// expect: from_splits\(source, chain\): a stage, parallel or async_map in it would begin tasks for each split
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
#ifdef FIXED
    weir::run(weir::from_splits(Reader{}) | weir::stage() | weir::for_each([](int) {}));
#else
    weir::run(weir::from_splits(Reader{}, weir::stage()) | weir::for_each([](int) {}));
#endif
}
