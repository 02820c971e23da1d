// SPDX-License-Identifier: BSL-1.0
#include <weir/core/version.hpp>

#include "catch.hpp"

TEST_CASE("the parts of the version make up the number for #if") {
    static_assert(WEIR_VERSION == weir::version_major * 10000 + weir::version_minor * 100 + weir::version_patch);
    CHECK(weir::version_major == 0);
    CHECK(weir::version_minor == 1);
    CHECK(weir::version_patch == 0);
}
