// SPDX-License-Identifier: BSL-1.0
#include "nexmark/queries/groups.hpp"
#include "nexmark/run.hpp"

bool nexmark::run_group_query(int number, Run& run) {
    const auto& bids = run.input.bids;
    const weir::Duration disorder = run.input.disorder;
    switch (number) {
    case 15: run_on(run, [=](auto b) { return q15(std::move(b), disorder); }, bids); return true;
    case 16: run_on(run, [=](auto b) { return q16(std::move(b), disorder); }, bids); return true;
    case 17: run_on(run, [=](auto b) { return q17(std::move(b), disorder); }, bids); return true;
    case 18: run_on(run, [](auto b) { return q18(std::move(b)); }, bids); return true;
    case 19: run_on(run, [](auto b) { return q19(std::move(b)); }, bids); return true;
    default: return false;
    }
}
