// SPDX-License-Identifier: BSL-1.0
#include "nexmark/hand/hand.hpp"
#include "nexmark/run.hpp"

bool nexmark::run_by_hand(int number, Run& run) {
    const auto take = [&run](const auto& row) { run.output.add(row); };
    const auto begin = std::chrono::steady_clock::now();
    switch (number) {
    case 1: hand::q1(run.input, take); break;
    case 5: hand::q5(run.input, take); break;
    case 8: hand::q8(run.input, take); break;
    default: return false;
    }
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return true;
}
