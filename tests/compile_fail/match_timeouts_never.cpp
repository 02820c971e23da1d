// expect: timeouts_to\(fn, chain\): this pattern has no time in which it must be complete
// SPDX-License-Identifier: BSL-1.0
#include <weir/patterns.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

struct Login {
    int user;
    bool failed;
    weir::Timestamp time;
};

int main() {
    const std::vector<Login> logins;
    const auto timed = weir::event_time(&Login::time);
    const auto failed = weir::pattern("failed", &Login::failed);
    const auto user = [](const auto& match) { return match.key(); };
    const auto sink = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from(logins) | timed | weir::key_by(&Login::user) | weir::match(failed.within(10s), user).timeouts_to(user, sink) | sink);
#else
    weir::run(weir::from(logins) | timed | weir::key_by(&Login::user) | weir::match(failed, user).timeouts_to(user, sink) | sink);
#endif
}
