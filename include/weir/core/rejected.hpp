// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/event.hpp>
#include <weir/core/state.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

/// A place in what was read. Lines and columns begin at 1, bytes at 0; a number that is 0 or a file that is "" is not known.
struct Position {
    std::string file{};
    std::uint64_t line = 0;
    std::uint64_t column = 0;
    std::uint64_t byte = 0; ///< from the beginning of the file

    [[nodiscard]] bool known() const noexcept { return not file.empty() || line != 0 || column != 0 || byte != 0; }
    friend bool operator==(const Position&, const Position&) = default;
};

/// "access.log:17:3", and the byte where there is no line; "" where nothing is known.
[[nodiscard]] inline std::string to_string(const Position& at) {
    std::string text = at.file;
    const auto add = [&text](std::string_view before, std::uint64_t number) {
        if (number == 0) return;
        if (not text.empty()) text += before;
        text += std::to_string(number);
    };
    if (text.empty() && at.line != 0) text = "line";
    add(text == "line" ? " " : ":", at.line);
    if (at.line != 0) add(":", at.column);
    else if (at.byte != 0) {
        if (text.empty()) text = "byte";
        add(text == "byte" ? " " : ", byte ", at.byte);
    }
    return text;
}

/// An event that an operator could not take, why, and where it stood: what the chain of dead_letter receives.
template <typename E>
struct Rejected {
    E event;
    std::exception_ptr error;
    Position position{};

    /// What the error says.
    [[nodiscard]] std::string what() const;
};

/// An error that knows where in the input it was found. Throw it, or derive from it, to have the place in the messages of
/// fail() and in Rejected.
class PositionedError : public std::runtime_error {
public:
    PositionedError(const std::string& what, Position position) : std::runtime_error(what), position_(std::move(position)) {}
    [[nodiscard]] const Position& position() const noexcept { return position_; }

private:
    Position position_;
};

/// What the policy fail() ends a job with: names the operator, the number of the event among its inputs (the first is 1) and its
/// place where that is known; the error itself is nested in it (std::rethrow_if_nested) and its text is part of what().
class EventError : public std::runtime_error, public std::nested_exception {
public:
    /// To be made inside the handler of the original error.
    EventError(const std::string& what, std::uint64_t number, Position position)
        : std::runtime_error(what), number_(number), position_(std::move(position)) {}
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] const Position& position() const noexcept { return position_; }

private:
    std::uint64_t number_;
    Position position_;
};

namespace detail {

inline std::string text_of(const std::exception_ptr& error) {
    if (not error) return "no error";
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& known) {
        return known.what();
    } catch (const std::string& text) {
        return text;
    } catch (const char* text) {
        return text;
    } catch (...) {
        return "an exception that is not a std::exception";
    }
}

/// An event that knows its place has a member or a member function `position`.
template <typename T>
concept KnowsPosition = requires(const T& event) { { event.position() } -> std::convertible_to<Position>; } ||
                        requires(const T& event) { { event.position } -> std::convertible_to<Position>; };

/// Where the error says that it happened, completed by what the event knows about itself.
template <typename E>
Position position_of(const E& event, const std::exception_ptr& error) {
    Position at;
    using T = value_t<E>;
    if constexpr (requires(const T& value) { { value.position() } -> std::convertible_to<Position>; }) at = value_of(event).position();
    else if constexpr (KnowsPosition<T>) at = value_of(event).position;
    try {
        if (error) std::rethrow_exception(error);
    } catch (const PositionedError& known) {
        const Position& said = known.position();
        if (not said.file.empty()) at.file = said.file;
        if (said.line != 0) at.line = said.line;
        if (said.column != 0) at.column = said.column;
        if (said.byte != 0) at.byte = said.byte;
    } catch (...) { // knows no place
    }
    return at;
}

} // namespace detail

template <typename E>
std::string Rejected<E>::what() const {
    return detail::text_of(error);
}

/// Saved as the text of its error: what is loaded holds a std::runtime_error with that text.
template <Savable E>
struct Saved<Rejected<E>> {
    static void save(StateWriter& to, const Rejected<E>& rejected) {
        to.put(rejected.event);
        to.put(rejected.what());
        to.put(rejected.position.file);
        to.put(rejected.position.line);
        to.put(rejected.position.column);
        to.put(rejected.position.byte);
    }
    static Rejected<E> load(StateReader& from) {
        auto event = from.get<E>();
        auto error = std::make_exception_ptr(std::runtime_error(from.get<std::string>()));
        Position at;
        from.get(at.file);
        from.get(at.line);
        from.get(at.column);
        from.get(at.byte);
        return {std::move(event), std::move(error), std::move(at)};
    }
};

} // namespace weir
