// expect: match\(pattern, fn\): the pattern ends in not_next or not_followed_by
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
    weir::run(weir::from(logins) | timed | weir::key_by(&Login::user) | weir::match(failed.not_followed_by(&Login::failed).within(10s), user) | sink);
#else
    weir::run(weir::from(logins) | timed | weir::key_by(&Login::user) | weir::match(failed.not_followed_by(&Login::failed), user) | sink);
#endif
}
