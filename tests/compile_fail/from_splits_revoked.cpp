// expect: from_splits\(source, chain\): source has a revoked that does not take a split
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
#ifdef FIXED
    void revoked(Split&&) {}
#else
    void revoked(int) {}
#endif
};

int main() { weir::run(weir::from_splits(Reader{}) | weir::for_each([](int) {})); }
