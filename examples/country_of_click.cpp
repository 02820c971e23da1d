// SPDX-License-Identifier: BSL-1.0
// Events enriched from a table: it is read first, whole; clicks whose user it does not have are given too.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

struct Click {
    std::string user;
    std::string page;
};
struct User {
    std::string name;
    std::string country;
};
struct Visit {
    std::string page;
    std::string country;
};

int main() {
    const std::vector<User> users{{"ann", "IT"}, {"bob", "FR"}, {"ann", "ES"}}; // a database query, say: weir::sqlite::query<User>(...)
    const std::vector<Click> clicks{{"bob", "/"}, {"ann", "/"}, {"eve", "/prices"}, {"bob", "/prices"}};

    const auto visit = [](const Click& c, const User* u) { return Visit{c.page, u != nullptr ? u->country : "unknown"}; };
    weir::run(weir::lookup_join<weir::JoinType::left>(weir::from(clicks) | weir::key_by(&Click::user),
                                                      weir::table(weir::from(users) | weir::key_by(&User::name)).load_first(), visit) |
              weir::key_by(&Visit::page, &Visit::country) | weir::aggregate(weir::count()) | weir::for_each([](const auto& row) {
                  const auto& [page, country] = row.key;
                  fmt::print("{} from {}: {}\n", page, country, row.value);
              }));
}

// Output:
// / from FR: 1
// / from ES: 1
// /prices from unknown: 1
// /prices from FR: 1
