// SPDX-License-Identifier: BSL-1.0
// Catch2 as found: version 3 has many headers and a main of its own, version 2 one header and tests/main.cpp.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
