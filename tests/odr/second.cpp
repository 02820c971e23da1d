// SPDX-License-Identifier: BSL-1.0
// The same headers once more, linked with first.cpp.
#include "all_headers.hpp"

int odr_first();

int main() {
    return odr_first();
}
