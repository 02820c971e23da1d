// SPDX-License-Identifier: BSL-1.0
#pragma once
// match: patterns of events, key by key. Not part of weir/weir.hpp, whose includers would all pay for what few need.
#include <weir/keyed/match.hpp>
