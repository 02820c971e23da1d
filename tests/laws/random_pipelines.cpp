// SPDX-License-Identifier: BSL-1.0
#include "laws/random_pipelines.hpp"

// A thousand of them take a minute unoptimised, and many under a sanitizer.
TEST_CASE("random pipelines keep the laws in simulated runs") { laws::hold_for_random_pipelines(1, 100, false); }

TEST_CASE("random pipelines keep the laws on threads", "[threads]") { laws::hold_for_random_pipelines(5000, 20, true); }

TEST_CASE("a thousand random pipelines keep the laws in simulated runs", "[soak]") { laws::hold_for_random_pipelines(101, 1000, false); }
