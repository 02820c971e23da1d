// SPDX-License-Identifier: BSL-1.0
#include <weir/core/footprint.hpp>
#include <weir/core/memory.hpp>
#include <weir/core/spill.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using files_test::FaultyFiles;
using files_test::TempDirectory;
using weir::detail::MemoryBudget;
using weir::detail::Spill;

struct Place { // no type of saved state: an address
    const int* at = nullptr;
    std::size_t n = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

template <typename Row, typename Of>
void comes_back(const TempDirectory& directory, std::size_t block, std::size_t n, Of of) {
    Spill<Row> spill(weir::SystemFiles().scratch(directory.path()), block);
    for (std::size_t i = 0; i < n; ++i) spill.put(of(i));
    spill.finish();
    CHECK(spill.size() == n);
    for (int again = 0; again < 2; ++again) {
        auto reader = spill.read();
        std::size_t same = 0;
        while (const std::optional<Row> row = reader.next()) same += *row == of(same) ? 1 : 0;
        CHECK(same == n);
    }
}

TEST_CASE("what was spilled is read back in its order, as often as wanted, in blocks of any size") {
    const TempDirectory directory;
    for (const std::size_t block : {1U, 24U, 100U, 5000U})
        for (const std::size_t n : {0U, 1U, 7U, 300U}) {
            comes_back<std::uint64_t>(directory, block, n, [](std::size_t i) { return std::uint64_t{i} << 40U; });
            comes_back<std::string>(directory, block, n, [](std::size_t i) { return std::string(i % 5 == 0 ? 0 : i * 3, static_cast<char>(i)); });
            comes_back<std::vector<bool>>(directory, block, n, [](std::size_t i) { return std::vector<bool>(i, i % 2 == 0); });
            comes_back<Place>(directory, block, n, [](std::size_t i) { return Place{nullptr, i}; });
            comes_back<std::pair<int, std::string>>(directory, block, n, [](std::size_t i) { return std::pair(static_cast<int>(i), std::string(20, 'x')); });
        }
    CHECK(directory.names().empty()); // they never had a name
}

TEST_CASE("a full disk and a disk that cannot be read are errors with their place") {
    const TempDirectory directory;
    FaultyFiles files;
    files.fails_at = 1000;
    Spill<std::string> spill(files.scratch(directory.path()), 100);
    try {
        for (int i = 0; i < 100; ++i) spill.put(std::string(50, 'x'));
        FAIL("it must throw");
    } catch (const weir::FileError& error) {
        CHECK(error.code() == std::errc::no_space_on_device);
        CHECK(error.path() == directory.path());
    }
    CHECK(directory.names().empty());
    CHECK_THROWS_AS(weir::SystemFiles().scratch(directory.path("not there")), weir::FileError);
    const auto file = weir::SystemFiles().scratch(directory.path());
    file->write(5, "12345");
    std::string read(10, 'x');
    file->read(0, read);
    CHECK(read == std::string(5, '\0') + "12345");
    CHECK_THROWS_AS(file->read(1, read), weir::FileError);
}

TEST_CASE("the operators of a job share its memory") {
    MemoryBudget budget(1000);
    const auto one = budget.share();
    CHECK(one.bytes() == 1000);
    const auto other = budget.share();
    CHECK(one.bytes() == 500);
    CHECK(other.bytes() == 500);
    MemoryBudget unstated;
    CHECK(unstated.share().bytes() > std::size_t{1} << 20U);
    CHECK(weir::detail::number_in("/proc/meminfo", "no such name") == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("what a value holds in memory is about what it has allocated") {
    using weir::detail::bytes_beside;
    CHECK(bytes_beside(7) == 0);
    CHECK(bytes_beside(std::string("short")) == 0);
    const std::string word(100, 'x');
    CHECK(bytes_beside(word) >= 101);
    CHECK(bytes_beside(word) <= 150);
    CHECK(bytes_beside(std::tuple(1, word, word)) == 2 * bytes_beside(word));
    CHECK(bytes_beside(std::vector<std::string>{word, word}) >= 2 * bytes_beside(word) + 2 * sizeof(word));
    CHECK(bytes_beside(std::optional<std::string>()) == 0);
    const std::vector<bool> bits(8'000, true); // packed
    CHECK(bytes_beside(bits) >= 1'000);
    CHECK(bytes_beside(std::tuple(1, bits)) <= 2'100);
}

} // namespace
