// SPDX-License-Identifier: BSL-1.0
#include "nexmark/queries/single_bids.hpp"
#include "nexmark/queries/windows.hpp"
#include "nexmark/run.hpp"

bool nexmark::run_bid_query(int number, Run& run) {
    const auto& bids = run.input.bids;
    const weir::Duration disorder = run.input.disorder;
    switch (number) {
    case 0: run_on(run, [](auto b) { return q0(std::move(b)); }, bids); return true;
    case 1: run_on(run, [](auto b) { return q1(std::move(b)); }, bids); return true;
    case 2: run_on(run, [](auto b) { return q2(std::move(b)); }, bids); return true;
    case 5: run_on(run, [=](auto b) { return q5(std::move(b), disorder); }, bids); return true;
    case 7: run_on(run, [=](auto b) { return q7(std::move(b), disorder); }, bids); return true;
    case 10: run_on(run, [](auto b) { return q10(std::move(b)); }, bids); return true;
    case 11: run_on(run, [=](auto b) { return q11(std::move(b), disorder); }, bids); return true;
    case 12: run_on(run, [](auto b) { return q12(std::move(b)); }, bids); return true;
    case 14: run_on(run, [](auto b) { return q14(std::move(b)); }, bids); return true;
    case 21: run_on(run, [](auto b) { return q21(std::move(b)); }, bids); return true;
    case 22: run_on(run, [](auto b) { return q22(std::move(b)); }, bids); return true;
    default: return false;
    }
}
