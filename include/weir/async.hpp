// SPDX-License-Identifier: BSL-1.0
#pragma once
// async_map: calls that wait. Not part of weir/weir.hpp, whose includers would all pay for what few need.
#include <weir/run/async_map.hpp>
