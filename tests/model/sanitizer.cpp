// SPDX-License-Identifier: BSL-1.0
// The address sanitizer's own stacks are not given back where a fiber is left for ever, and millions are; what was freed need not be kept for long.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0:quarantine_size_mb=16"; }
