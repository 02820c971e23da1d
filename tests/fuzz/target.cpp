// SPDX-License-Identifier: BSL-1.0
// What libFuzzer calls; tests/run --fuzz compiles it for each of the functions.
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::WEIR_FUZZED(std::string_view(reinterpret_cast<const char*>(data), size));
    return 0;
}
