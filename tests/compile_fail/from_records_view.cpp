// expect: from_records<T>: a T is more than its bytes
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string_view>

#ifdef FIXED
using Record = double;
#else
using Record = std::string_view;
#endif

int main() {
    weir::run(weir::from_records<Record>("rows.bin") | weir::for_each([](const Record&) {}));
}
