// expect: deduplicate\(options\): what is compared is the key, so it comes first: key_by\(projection\) \| deduplicate\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

struct Payment {
    int id;
    double sum;
};

int main() {
    const std::vector<Payment> payments(3);
#ifdef FIXED
    weir::run(weir::from(payments) | weir::key_by(&Payment::id) | weir::deduplicate() | weir::for_each([](const Payment&) {}));
#else
    weir::run(weir::from(payments) | weir::deduplicate(&Payment::id) | weir::for_each([](const Payment&) {}));
#endif
}
