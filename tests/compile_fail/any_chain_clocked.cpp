// expect: AnyChain<In, Out>: whether what it gives has the times of the job's clock
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

int main() {
#ifdef FIXED
    const weir::AnyChain<int, weir::Event<int>, weir::AnyRules{.clocked = true}> chain = weir::processing_time();
#else
    const weir::AnyChain<int, weir::Event<int>> chain = weir::processing_time();
#endif
    static_cast<void>(chain);
}
