// SPDX-License-Identifier: BSL-1.0
#pragma once
// Files that others add to: follow(path). Not part of weir/weir.hpp, whose includers would all pay for what few need.
#include <weir/source/follow.hpp>
#include <weir/source/follow_csv.hpp>
