// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>

namespace weir {

/// What a Fault throws.
class FaultError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A function of a user's that fails once: its calls are counted, and the one with the given number (from 1) throws FaultError.
///     map([fault](int x) { fault(); return 2 * x; })
/// Copies belong together. Any thread.
class Fault {
public:
    static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

    explicit Fault(std::uint64_t at = never) : shared_(std::make_shared<Shared>()) { shared_->at = at; }

    void operator()() const {
        if (shared_->calls.fetch_add(1, std::memory_order_relaxed) + 1 == shared_->at) throw FaultError("a planted fault");
    }
    [[nodiscard]] std::uint64_t calls() const noexcept { return shared_->calls.load(std::memory_order_relaxed); }
    /// How many copies there are: a function that was not destroyed still holds one.
    [[nodiscard]] long copies() const noexcept { return shared_.use_count(); }

private:
    struct Shared {
        std::atomic<std::uint64_t> calls{0};
        std::uint64_t at = never;
    };
    std::shared_ptr<Shared> shared_;
};

} // namespace weir
