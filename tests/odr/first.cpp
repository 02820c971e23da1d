// SPDX-License-Identifier: BSL-1.0
// Every public header in one translation unit. It is linked into every test: a function defined in a header without
// inline, or defined in two ways, then shows at once.
#include "all_headers.hpp"

int odr_first() {
    return 0;
}
