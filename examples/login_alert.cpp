// SPDX-License-Identifier: BSL-1.0
// How do I keep state and timers of my own, per key?
// An alert when somebody fails three times within a minute; and a word when an account has been quiet for ten minutes.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct Login {
    std::string user;
    bool succeeded;
    weir::Timestamp time;
};

struct Account { // what is kept for each user; made when the user is first seen
    std::vector<weir::Timestamp> failures;
    weir::Timestamp last;
};

int main() {
    const auto at = [](std::chrono::seconds s) { return weir::Timestamp(s); };
    const std::vector<Login> logins{
        {"ann", true, at(0s)},    {"eve", false, at(10s)}, {"eve", false, at(25s)}, {"bob", false, at(30s)}, {"eve", false, at(65s)},
        {"ann", false, at(300s)}, {"bob", false, at(95s)}, {"bob", true, at(100s)}, {"ann", true, at(1000s)},
    };

    const auto on_login = [](const Login& login, Account& account, auto& context) {
        account.last = std::max(account.last, login.time);
        context.set_timer(login.time + 10min); // on the events' own time: a replay of last year alerts as last year did
        if (login.succeeded) return account.failures.clear();
        account.failures.push_back(login.time);
        std::erase_if(account.failures, [&](weir::Timestamp t) { return t <= login.time - 1min; });
        if (account.failures.size() == 3) context.emit(login.user + ": three failures within a minute");
    };
    const auto on_timer = [](weir::Timestamp t, Account& account, auto& context) {
        if (t < account.last + 10min) return; // there was something since
        context.emit(context.key() + ": quiet for ten minutes");
        context.clear(); // forgets the user
    };

    weir::run(weir::from(logins)
              | weir::event_time(&Login::time, weir::bounded_disorder(5min)) // the log of one machine comes late
              | weir::key_by(&Login::user)
              | weir::process_keyed<Account, std::string>(on_login, on_timer)
              | weir::for_each([](const weir::Event<std::string>& alert) {
                    fmt::print("{:4} s  {}\n", alert.time.time_since_epoch() / 1s, alert.value);
                }));
}

// Output:
//   65 s  eve: three failures within a minute
//  665 s  eve: quiet for ten minutes
//  700 s  bob: quiet for ten minutes
// 1600 s  ann: quiet for ten minutes
