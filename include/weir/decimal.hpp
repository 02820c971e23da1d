// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers with a fixed number of decimals. Not part of weir/weir.hpp, whose includers would all pay for what few need.
#include <weir/core/decimal.hpp>
