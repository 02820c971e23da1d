// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/core/state_vector.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using weir::detail::StateVector;

/// How much is taken from it.
class Counting final : public weir::detail::MemorySource {
public:
    std::size_t bytes = 0;
    void* allocate(std::size_t n, std::size_t) override {
        bytes += n;
        return ::operator new(n);
    }
    void deallocate(void* memory, std::size_t n, std::size_t) noexcept override {
        bytes -= n;
        ::operator delete(memory);
    }
};

/// Throws at the n-th copy.
struct Fragile {
    static inline int left = 1'000;
    std::string text;
    explicit Fragile(std::string t) : text(std::move(t)) {}
    Fragile(const Fragile& other) : text(other.text) {
        if (--left == 0) throw std::runtime_error("copy");
    }
    Fragile& operator=(const Fragile&) = default;
};

const std::string long_text(40, 'a');

template <typename T>
std::vector<T> all(const StateVector<T>& items) { return std::vector<T>(items.begin(), items.end()); }

TEST_CASE("items stand as they came, also one that was made of another") {
    StateVector<std::string> items;
    for (int i = 0; i < 5; ++i) items.push_back(items.empty() ? long_text : items.front() + std::to_string(i));
    for (int i = 0; i < 4; ++i) items.push_back(items.front()); // grows while it is looked at
    CHECK(items.size() == 9);
    CHECK(items[4] == long_text + "4");
    CHECK(items.back() == long_text);
    StateVector<std::string> copy = items;
    copy.append(items);
    CHECK(copy.size() == 18);
    copy.truncate(2);
    items = copy;
    CHECK(all(items) == std::vector<std::string>{long_text, long_text + "1"});
    items.erase_front(1);
    CHECK(all(items) == std::vector<std::string>{long_text + "1"});
    copy = std::move(items);
    CHECK(copy.size() == 1);
    copy.resize(40, copy[0]);
    CHECK(copy.back() == long_text + "1");
    copy.assign(3, copy[1]);
    copy.insert_front(1, copy[2]);
    CHECK(all(copy) == std::vector<std::string>(4, long_text + "1"));
}

TEST_CASE("numbers are put before the first and taken from there, and all are set anew in the memory there is") {
    StateVector<int> items;
    for (int i = 1; i < 6; ++i) items.push_back(i);
    items.insert_front(2, 7);
    CHECK(all(items) == std::vector<int>{7, 7, 1, 2, 3, 4, 5});
    items.insert_front(0, 8);
    items.erase_front(3);
    CHECK(all(items) == std::vector<int>{2, 3, 4, 5});
    const std::size_t capacity = items.capacity();
    items.assign(capacity, 1);
    CHECK(items.capacity() == capacity);
    items.resize(1);
    CHECK(all(items) == std::vector<int>{1});
    items.clear();
    items.insert_front(3, 2);
    CHECK(all(items) == std::vector<int>{2, 2, 2});
    CHECK(all(StateVector<bool>(2, true, nullptr)) == std::vector<bool>{true, true});
}

TEST_CASE("memory comes from where it was made, also that of a copy; what is copied over keeps its own") {
    Counting memory;
    {
        StateVector<int> outside;
        auto inside = weir::detail::made_in<StateVector<int>>(&memory);
        inside.assign(4, 1);
        CHECK(memory.bytes == 4 * sizeof(int));
        const StateVector<int> copy = inside;
        CHECK(memory.bytes == 8 * sizeof(int));
        outside = inside;
        CHECK(memory.bytes == 8 * sizeof(int));
        CHECK(outside.source() == nullptr);
        outside = std::move(inside);
        CHECK(outside.source() == &memory);
        CHECK(inside.source() == &memory); // and is used again there
    }
    CHECK(memory.bytes == 0);
}

TEST_CASE("nothing changes, and nothing is lost, where an item cannot be copied while it grows") {
    for (int n = 1; n < 8; ++n) {
        CAPTURE(n);
        Counting memory;
        {
            StateVector<Fragile> items(&memory);
            Fragile::left = 1'000;
            for (int i = 0; i < 4; ++i) items.emplace_back(long_text + std::to_string(i));
            Fragile::left = n;
            bool threw = false;
            try {
                items.push_back(items[1]);
            } catch (const std::runtime_error&) {
                threw = true;
            }
            CHECK(threw == (n <= 5));
            CHECK(items.size() == (threw ? 4U : 5U));
            CHECK(items[3].text == long_text + "3");
            Fragile::left = 2;
            CHECK_THROWS_AS([&] { const StateVector<Fragile> copy = items; }(), std::runtime_error);
            Fragile::left = 1'000;
        }
        CHECK(memory.bytes == 0);
    }
}

TEST_CASE("it is saved and loaded") {
    StateVector<std::string> items;
    items.push_back(long_text);
    items.push_back("b");
    StateVector<double> numbers;
    numbers.assign(3, 0.5);
    weir::StateWriter to;
    to.put(items);
    to.put(numbers);
    weir::StateReader from(to.data());
    CHECK(all(from.get<StateVector<std::string>>()) == all(items));
    CHECK(all(from.get<StateVector<double>>()) == all(numbers));
}

} // namespace
