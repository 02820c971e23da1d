// SPDX-License-Identifier: BSL-1.0
// How do I find a sequence of events, rather than single ones?
// Three failed logins and then one that succeeds, all within a minute: somebody may have guessed a password. And one that fails, and
// nothing more for a minute: somebody has given up. The log of one machine comes late; a pattern is found in the order in which its
// events happened.
#include <weir/patterns.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct Login {
    std::string user;
    bool failed;
    std::string host;
    weir::Timestamp time;
};
bool succeeded(const Login& login) { return not login.failed; }

int main() {
    const auto at = [](std::chrono::seconds s) { return weir::Timestamp(s); };
    const std::vector<Login> logins{
        {"ann", true, "web", at(0s)},   {"eve", true, "web", at(10s)}, {"eve", true, "web", at(25s)}, {"ann", false, "web", at(28s)},
        {"eve", false, "web", at(40s)}, {"eve", true, "vpn", at(30s)}, {"bob", true, "web", at(50s)}, {"bob", true, "web", at(55s)},
        {"bob", true, "vpn", at(52s)},  {"ann", true, "web", at(90s)}, {"bob", false, "web", at(180s)},
    };
    const auto by_user = weir::event_time(&Login::time, weir::bounded_disorder(30s)) | weir::key_by(&Login::user);
    const auto print = weir::for_each([](const weir::Event<std::string>& alert) {
        fmt::print("{:3} s  {}\n", alert.time.time_since_epoch() / 1s, alert.value);
    });

    const auto guessing = weir::pattern("failed", &Login::failed).times(3).followed_by("succeeded", succeeded).within(1min);
    const auto alert = [](const auto& match) {
        std::string hosts;
        for (const Login& login : match["failed"]) hosts += " " + login.host;
        return fmt::format("{}: three failures (on{}) and a success in {} s", match.key(), hosts, (match.last_time() - match.first_time()) / 1s);
    };
    weir::run(weir::from(logins) | by_user | weir::match(guessing, alert) | print);

    const auto any = [](const Login&) { return true; };
    const auto giving_up = weir::pattern("failed", &Login::failed).not_followed_by(any).within(1min);
    weir::run(weir::from(logins)
              | by_user
              | weir::match(giving_up, [](const auto& match) { return match.key() + ": has given up"; })
              | print);
}

// Output:
//  40 s  eve: three failures (on web web vpn) and a success in 30 s
// 115 s  bob: has given up
// 150 s  ann: has given up
