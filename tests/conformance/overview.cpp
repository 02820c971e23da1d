// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/not_offered.hpp"

#include <array>
#include <set>
#include <string>

namespace conformance {

std::span<const Listed> not_offered() { return not_offered_cases; }

std::span<const Listed> known_failing() {
    static constexpr std::array<Listed, 0> list{};
    return list;
}

void judge(const Case& c, const std::string& difference) {
    const std::string_view known = reason_in(known_failing(), c.id);
    const char* const verdict = difference.empty() ? "ok     " : known.empty() ? "FAILED " : "known  ";
    fmt::print("{} {} ({}){}{}\n", verdict, c.id, c.origin, known.empty() ? "" : ": ", known);
    if (not difference.empty()) fmt::print("{}\n", difference.substr(1));
    INFO(c.id);
    if (known.empty()) CHECK(difference.empty());
    else CHECK_FALSE(difference.empty()); // it passes now: take it off the list
}

} // namespace conformance

using namespace conformance;

TEST_CASE("each case is run, or listed with what it needs") {
    std::set<std::string> ids;
    for (const Case& c : cases()) {
        INFO(c.id);
        CHECK(ids.insert(c.id).second);
        const std::string missing = lacks(c);
        if (not missing.empty()) fmt::print("not offered {} ({}): {}\n", c.id, c.origin, missing);
        if (not is_foreign_file()) CHECK(reason_in(not_offered(), c.id) == missing);
    }
    if (ids.empty()) return;
    for (const Listed& listed : not_offered()) CHECK((is_foreign_file() || ids.count(std::string(listed.id)) == 1));
    for (const Listed& listed : known_failing()) CHECK((is_foreign_file() || ids.count(std::string(listed.id)) == 1));
}
