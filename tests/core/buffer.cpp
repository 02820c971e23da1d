// SPDX-License-Identifier: BSL-1.0
#include <weir/core/buffer.hpp>

#include "catch.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using weir::detail::Buffer;

TEST_CASE("a buffer grows at its end and keeps its memory when cleared") {
    Buffer<std::string> buffer;
    for (int i = 0; i < 100; ++i) buffer.emplace(std::to_string(i));
    CHECK(buffer.size() == 100);
    CHECK(buffer.all()[99] == "99");
    const std::string* where = buffer.all().data();
    buffer.clear();
    CHECK(buffer.empty());
    buffer.reserve(100);
    for (int i = 0; i < 100; ++i) buffer.emplace("again");
    CHECK(buffer.all().data() == where);
    buffer.pop_back();
    CHECK(buffer.size() == 99);
}

TEST_CASE("append moves or copies, as it is told") {
    std::string words[] = {"one", "two"};
    Buffer<std::string> buffer;
    buffer.append<const std::string&>(std::span<std::string>(words));
    CHECK(words[0] == "one");
    buffer.append<std::string&&>(std::span<std::string>(words));
    CHECK(words[0].empty());
    CHECK(buffer.size() == 4);
    CHECK(buffer.all()[3] == "two");
}

TEST_CASE("a buffer is moved, not copied, and takes move-only items") {
    static_assert(not std::is_copy_constructible_v<Buffer<int>>);
    Buffer<std::unique_ptr<int>> buffer;
    for (int i = 0; i < 20; ++i) buffer.emplace(std::make_unique<int>(i));
    Buffer<std::unique_ptr<int>> other(std::move(buffer));
    CHECK(*other.back() == 19);
    other = Buffer<std::unique_ptr<int>>();
    CHECK(other.empty());
}

struct Throwing { // copies only, and not always
    int* copies_left;
    explicit Throwing(int& n) : copies_left(&n) {}
    Throwing(const Throwing& other) : copies_left(other.copies_left) {
        if ((*copies_left)-- == 0) throw std::runtime_error("copy");
    }
    Throwing& operator=(const Throwing&) = delete;
    ~Throwing() = default;
};

TEST_CASE("growth that throws leaves the buffer as it was") {
    int copies = 1000;
    Buffer<Throwing> buffer;
    for (int i = 0; i < 8; ++i) buffer.emplace(copies);
    copies = 3;
    CHECK_THROWS_AS(buffer.reserve(100), std::runtime_error);
    CHECK(buffer.size() == 8);
    CHECK(buffer.all()[7].copies_left == &copies);
}

TEST_CASE("a buffer is saved and loaded") {
    Buffer<std::string> buffer;
    buffer.emplace("a");
    buffer.emplace("b");
    weir::StateWriter to;
    to.put(buffer);
    weir::StateReader from(to.data());
    const auto loaded = from.get<Buffer<std::string>>();
    REQUIRE(loaded.size() == 2);
    CHECK(loaded.all()[1] == "b");
}

} // namespace
