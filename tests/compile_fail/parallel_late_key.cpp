// expect: parallel\(n, chain\): a key_by in it stands behind other operators
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

struct Bid {
    int auction = 0;
    weir::Timestamp time{};
};

int main() {
    using namespace std::chrono_literals;
    std::vector<Bid> bids(3);
    std::vector<Bid> late;
    const auto keep = [](const Bid& bid) { return bid.auction != 0; };
    const auto sink = weir::for_each([](const auto&) {});
    const auto windows = weir::window(weir::tumbling(1s)) | weir::aggregate(weir::count());
    const auto timed = weir::from(bids) | weir::event_time(&Bid::time);
    static_cast<void>(keep), static_cast<void>(late), static_cast<void>(windows), static_cast<void>(sink), static_cast<void>(timed);
#ifdef FIXED
    weir::run(timed | weir::filter(keep) | weir::parallel(2, weir::key_by(&Bid::auction) | windows) | sink);
#else
    weir::run(timed | weir::parallel(2, weir::filter(keep) | weir::key_by(&Bid::auction) | windows) | sink);
#endif
}
