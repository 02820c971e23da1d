// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::sys_seconds;
struct Click {
    std::string user;
    int n;
    Seconds time;
};
struct User {
    std::string name;
    std::string country; // empty: gone
};

Seconds at(int seconds) { return Seconds{std::chrono::seconds(seconds)}; }

const auto where = [](const Click& c, const User& u) { return std::to_string(c.n) + u.country; };

/// Numbers from 3 down, from what cannot be copied.
struct Countdown {
    using event_type = int;
    static constexpr bool bounded = true;
    std::unique_ptr<int> left = std::make_unique<int>(3);
    std::optional<int> next() { return *left == 0 ? std::nullopt : std::optional((*left)--); }
};

} // namespace

TEST_CASE("lookup_join gives each event with the row of a table that was loaded first") {
    const std::vector<Click> clicks{{"ann", 1, at(1)}, {"eve", 2, at(2)}, {"bob", 3, at(3)}, {"ann", 4, at(4)}};
    const std::vector<User> users{{"bob", "FR"}, {"ann", "IT"}, {"cid", "DE"}, {"ann", "ES"}};
    std::vector<std::string> out;
    const weir::Report report = weir::run(weir::lookup_join(weir::from(clicks) | weir::event_time(&Click::time) | weir::key_by(&Click::user),
                                                            weir::table(weir::from(users) | weir::key_by(&User::name)).load_first(), where) |
                                          weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"1ES", "3FR", "4ES"});
    CHECK(report.at("lookup_join#1").held == 3);
    CHECK(report.at("lookup_join#1").dropped(weir::Drop::unmatched) == 2); // eve, and the row of ann that another took the place of
}

TEST_CASE("the table is kept up to date by its stream, rows can be deleted, and an outer join gives what has none") {
    weir::SpscQueue<Click> clicks{16};
    weir::SpscQueue<User> users{16};
    std::vector<std::string> out;
    std::vector<weir::Timestamp> times;
    auto stepper = weir::stepper(
        weir::lookup_join<weir::JoinType::left>(
            weir::from(clicks) | weir::event_time(&Click::time) | weir::key_by(&Click::user),
            weir::table(weir::from(users) | weir::key_by(&User::name)).deleted_when([](const User& u) { return u.country.empty(); }),
            [](const Click& c, const User* u) { return std::to_string(c.n) + (u != nullptr ? u->country : "-"); }) |
        weir::for_each([&](const weir::Event<std::string>& e) {
            out.push_back(e.value);
            times.push_back(e.time);
        }));
    const auto settle = [&stepper] { while (stepper.step() == weir::Progress::more) {} };
    const auto user = [&](const char* name, const char* country) { users.push({name, country}), settle(); };
    const auto click = [&](int t, const char* name) { clicks.push({name, t, at(t)}), settle(); };
    user("ann", "IT");
    click(2, "ann");
    click(3, "bob");
    user("ann", "ES");
    user("bob", "FR");
    click(5, "ann");
    user("ann", "");
    user("zoe", "");
    click(8, "ann");
    click(9, "bob");
    CHECK(out == std::vector<std::string>{"2IT", "3-", "5ES", "8-", "9FR"});
    CHECK(times == std::vector<weir::Timestamp>{at(2), at(3), at(5), at(8), at(9)});
    CHECK(stepper.report().at("lookup_join#1").held == 1);
    clicks.close();
    users.close();
    settle();
}

TEST_CASE("a table without event time holds no watermark back") {
    weir::SpscQueue<User> users{16}; // never closed while clicks go by
    const std::vector<Click> clicks{{"ann", 1, at(20)}, {"ann", 2, at(5)}};
    std::vector<std::string> late;
    const auto row = [](const Click& c, const User*) { return std::to_string(c.n); };
    auto stepper = weir::stepper(weir::lookup_join<weir::JoinType::left>(weir::from(clicks) | weir::event_time(&Click::time) | weir::key_by(&Click::user),
                                                                         weir::from(users) | weir::key_by(&User::name), row) |
                                 weir::drop_late().late_to(weir::collect_into(late)) | weir::for_each([](const std::string&) {}));
    while (stepper.step() == weir::Progress::more) {}
    CHECK(late == std::vector<std::string>{"2"});
    users.close();
    while (stepper.step() != weir::Progress::ended) {}
}

TEST_CASE("neither side need have event time") {
    const std::vector<int> numbers{3, 1, 2};
    const std::vector<std::string> words{"zero", "one", "two"};
    std::vector<std::string> out;
    weir::run(weir::lookup_join(weir::from(numbers) | weir::key_by([](int n) { return n % 10; }),
                                weir::table(weir::from(words) | weir::key_by([](const std::string& w) { return w == "zero" ? 0 : w == "one" ? 1 : 2; })).load_first(),
                                [](int n, const std::string& word) { return std::to_string(n) + word; }) |
              weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"1one", "2two"});
}

TEST_CASE("a table may come of a pipeline that can only be moved") {
    const std::vector<int> numbers{1, 2, 3};
    const auto itself = [](int n) { return n; };
    std::vector<int> out;
    weir::run(weir::lookup_join(weir::from(numbers) | weir::key_by(itself),
                                weir::table(weir::from(Countdown{}) | weir::key_by(itself)).deleted_when([](int n) { return n == 2; }).load_first(),
                                [](int n, int row) { return 10 * n + row; }) |
              weir::collect_into(out));
    CHECK(out == std::vector<int>{11, 33});
}
