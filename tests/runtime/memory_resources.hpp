// SPDX-License-Identifier: BSL-1.0
// A std::pmr::memory_resource that counts and fails, jobs that run on it, and what they read.
#pragma once
#include "allocations.hpp"
#include "catch.hpp"

#include <weir/run.hpp>
#include <weir/source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <span>
#include <string_view>
#include <vector>

namespace resources {

struct Reading {
    std::int64_t second = 0;
    std::uint64_t sensor = 0;
    double value = 0;
};
inline std::vector<Reading> readings(std::size_t n, std::uint64_t sensors) {
    std::vector<Reading> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back({static_cast<std::int64_t>(i / 100), i * 7919 % sensors, static_cast<double>(i)});
    return all;
}
inline const auto time_of_reading = [](const Reading& r) { return weir::Timestamp(std::chrono::seconds(r.second)); };

/// A source that workers can divide between them, in parts of any size.
template <typename T>
class InParts {
public:
    using event_type = T;
    explicit InParts(std::span<const T> all) : all_(all) {}
    std::span<const T> next_batch() {
        const std::span<const T> batch = all_.first(std::min<std::size_t>(all_.size(), 100));
        all_ = all_.subspan(batch.size());
        return batch;
    }
    std::vector<InParts> split(std::size_t n) && {
        std::vector<InParts> parts;
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t begin = all_.size() * i / n;
            parts.push_back(InParts(all_.subspan(begin, all_.size() * (i + 1) / n - begin)));
        }
        return parts;
    }

private:
    std::span<const T> all_;
};
template <typename T>
auto in_parts(const std::vector<T>& all) { return weir::from(InParts<T>(all)); }

/// What is taken from it, by one at a time: it is not synchronised, and says where that goes wrong.
class Counting : public std::pmr::memory_resource {
public:
    std::size_t bytes = 0;
    std::size_t most = 0;
    std::size_t blocks = 0;
    std::size_t fails_at = 0; // from that block on there is no memory

private:
    void* do_allocate(std::size_t n, std::size_t alignment) override {
        if (++blocks >= fails_at && fails_at != 0) throw std::bad_alloc();
        bytes += n;
        most = std::max(most, bytes);
        return std::pmr::new_delete_resource()->allocate(n, alignment);
    }
    void do_deallocate(void* memory, std::size_t n, std::size_t alignment) override {
        bytes -= n;
        std::pmr::new_delete_resource()->deallocate(memory, n, alignment);
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

/// How often a job allocates once it runs, all of whose operators have memory of their own for as long as it does.
template <typename J>
std::size_t from_the_free_store(const J& job, weir::RunOptions options = {}) {
    static std::vector<std::byte> memory(std::size_t{16} << 20U);
    std::pmr::monotonic_buffer_resource arena(memory.data(), memory.size(), std::pmr::null_memory_resource());
    options.resource = &arena;
    auto stepper = weir::stepper(J(job), options);
    const std::size_t before = allocations;
    while (stepper.step() != weir::Progress::ended) {}
    return allocations - before;
}

/// A job whose resource has no more from its first block on, from its second, and so on: each time it ends with an error that names an operator
/// (rather than the process with it), or goes on without that block.
template <typename J>
void fails_anywhere(const char* which, const J& job, const weir::RunOptions& with = {}) {
    CAPTURE(which);
    weir::RunOptions options = with;
    Counting enough;
    options.resource = &enough;
    weir::run(J(job), options);
    std::size_t errors = 0;
    for (std::size_t n = 1; n <= enough.blocks; ++n) {
        CAPTURE(n);
        Counting resource;
        resource.fails_at = n;
        options.resource = &resource;
        try {
            auto stepper = weir::stepper(J(job), options);
            const auto adds_up = [&stepper] {
                for (const weir::OperatorReport& row : stepper.report().operators) {
                    CAPTURE(row.name, row.in, row.passed, row.dropped(), row.held);
                    CHECK(row.in == row.passed + row.dropped() + row.held);
                }
            };
            try {
                while (stepper.step() != weir::Progress::ended) {}
            } catch (...) {
                adds_up();
                throw;
            }
            adds_up();
        } catch (const weir::ResourceExhausted& e) {
            ++errors;
            const std::string_view said = e.what();
            CHECK(said.substr(0, said.find(':')).find_first_of("#/") != said.npos);
        }
        CHECK(resource.bytes == 0);
    }
    CHECK(errors >= enough.blocks / 2);
}

} // namespace resources
