// expect: from_splits\(source, chain\): source has no splits that come and go
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <optional>

struct Split {
    using event_type = int;
    std::optional<int> next() { return {}; }
#ifdef FIXED
    int id() const { return 1; }
#endif
};
struct Reader {
    using split_type = Split;
    weir::SplitChanges<Split, int> changes() { return {.ended = true}; }
};

int main() {
    weir::run(weir::from_splits(Reader{}) | weir::for_each([](int) {}));
}
