// SPDX-License-Identifier: BSL-1.0
#include "nexmark/queries/joins.hpp"
#include "nexmark/run.hpp"

bool nexmark::run_join_query(int number, Run& run) {
    const auto& persons = run.input.persons;
    const auto& auctions = run.input.auctions;
    const auto& bids = run.input.bids;
    const weir::Duration disorder = run.input.disorder, longest = run.input.longest;
    switch (number) {
    case 3: run_on(run, [=](auto a, auto p) { return q3(std::move(a), std::move(p), disorder); }, auctions, persons); return true;
    case 4: run_on(run, [=](auto a, auto b) { return q4(std::move(a), std::move(b), disorder, longest); }, auctions, bids); return true;
    case 6: run_on(run, [=](auto a, auto b) { return q6(std::move(a), std::move(b), disorder, longest); }, auctions, bids); return true;
    case 8: run_on(run, [=](auto p, auto a) { return q8(std::move(p), std::move(a), disorder); }, persons, auctions); return true;
    case 9: run_on(run, [=](auto a, auto b) { return q9(std::move(a), std::move(b), disorder, longest); }, auctions, bids); return true;
    case 13: run_on(run, [](auto b, auto s) { return q13(std::move(b), std::move(s)); }, bids, run.input.side); return true;
    case 20: run_on(run, [=](auto b, auto a) { return q20(std::move(b), std::move(a), disorder); }, bids, auctions); return true;
    default: return false;
    }
}
