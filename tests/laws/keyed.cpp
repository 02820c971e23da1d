// SPDX-License-Identifier: BSL-1.0
// Operators that keep something for each key.
#include "laws/laws.hpp"

using laws::failing;

namespace {

constexpr auto last_digit = [](int x) { return x % 10; };

/// key_by and the operator behind it.
template <typename Op>
void hold_behind_key(Op op, weir::LawOptions options = {}) {
    const auto keyed = [op](const weir::Fault& fault) { return weir::key_by(failing(fault, last_digit)) | op(fault); };
    laws::hold_for_operator(keyed, options);
    laws::hold_inside(keyed, options);
}

} // namespace

TEST_CASE("scan of keys keeps the laws") {
    hold_behind_key([](const weir::Fault& fault) { return weir::scan(0, failing(fault, [](int sum, int x) { return sum + x; })); });
}

TEST_CASE("scan of keys with a state that allocates keeps the laws") {
    laws::hold_for_operator([](const weir::Fault& fault) {
        return weir::key_by([](int x) { return std::to_string(x % 10); }) |
               weir::scan(std::string(), failing(fault, [](std::string all, int x) { return all.substr(all.size() / 2) + std::to_string(x); }));
    });
}

TEST_CASE("reduce keeps the laws, with a key and without one") {
    const auto op = [](const weir::Fault& fault) { return weir::reduce(failing(fault, [](int a, int b) { return a + b; })); };
    laws::hold_for_operator(op);
    hold_behind_key(op);
}

TEST_CASE("reduce of texts keeps the laws") {
    laws::hold_for_operator([](const weir::Fault& fault) {
        return weir::map([](int x) { return std::to_string(x); }) | weir::key_by(&std::string::size) |
               weir::reduce(failing(fault, [](std::string a, const std::string& b) { return a.substr(a.size() / 2) + b; }));
    });
}
