// SPDX-License-Identifier: BSL-1.0
// Nexmark's queries Q0 to Q22, each a function from pipelines of persons, auctions and bids to the pipeline of its results.
#pragma once
#include "nexmark/queries/groups.hpp"
#include "nexmark/queries/joins.hpp"
#include "nexmark/queries/single_bids.hpp"
#include "nexmark/queries/windows.hpp"
