// SPDX-License-Identifier: BSL-1.0
#include "laws/random_pipelines.hpp"

TEST_CASE("a thousand random pipelines keep the laws in simulated runs") { laws::hold_for_random_pipelines(1, 1000, false); }

TEST_CASE("random pipelines keep the laws on threads", "[threads]") { laws::hold_for_random_pipelines(5000, 20, true); }

TEST_CASE("ten thousand random pipelines keep the laws", "[soak]") { laws::hold_for_random_pipelines(10'000, 10'000, false); }
