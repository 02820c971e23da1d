// SPDX-License-Identifier: BSL-1.0
// Reads what formats.hpp writes, and what other tools write in these formats: columns in any order, those that are not wanted are
// passed over, one that is missing is an error, as is a value that is none, with its line and its column.
#pragma once
#include "nexmark/formats.hpp"

#include <cstddef>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nexmark {

/// The events of a file, and its bytes, into which their texts look.
template <typename Event>
struct Loaded {
    std::vector<Event> events;
    std::unique_ptr<std::string> bytes;
};

namespace detail {

class Cursor {
public:
    explicit Cursor(std::string& bytes, std::string name) : at_(bytes.data()), end_(bytes.data() + bytes.size()), name_(std::move(name)) {}

    [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
    [[nodiscard]] char peek() const noexcept { return at_ == end_ ? '\0' : *at_; }
    [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(fmt::format("{}:{}: {}", name_, line_, what)); }

    bool skip(char c) {
        if (at_end() || *at_ != c) return false;
        line_ += c == '\n';
        ++at_;
        return true;
    }
    void expect(char c) {
        if (not skip(c)) fail(fmt::format("'{}' is missing", c));
    }
    bool skip_line_end() { return skip('\n') || (skip('\r') && skip('\n')); }
    void skip_blanks() {
        while (skip(' ') || skip('\t')) {}
    }
    /// Up to the first of these characters.
    std::string_view until(std::string_view stops) {
        const char* const begin = at_;
        while (not at_end() && stops.find(*at_) == stops.npos) ++at_;
        return {begin, static_cast<std::size_t>(at_ - begin)};
    }

    /// A field of CSV; quotes inside of quotes are taken out in place.
    std::string_view csv_field() {
        if (not skip('"')) return until(",\r\n");
        char* const begin = at_;
        char* to = at_;
        for (;;) {
            if (at_end()) fail("a quote is not closed");
            if (skip('"') && not (peek() == '"')) break;
            line_ += *at_ == '\n';
            *to++ = *at_++;
        }
        return {begin, static_cast<std::size_t>(to - begin)};
    }
    /// A string of JSON without its quotes, its escapes resolved in place.
    std::string_view json_string() {
        expect('"');
        char* const begin = at_;
        char* to = at_;
        while (not skip('"')) {
            if (at_end() || *at_ == '\n') fail("a string is not closed");
            if (skip('\\')) to = unescape(to);
            else *to++ = *at_++;
        }
        return {begin, static_cast<std::size_t>(to - begin)};
    }

private:
    char* unescape(char* to) {
        static constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
        if (const std::size_t i = names.find(peek()); not at_end() && i != names.npos) {
            ++at_;
            *to++ = values[i];
            return to;
        }
        expect('u');
        unsigned code = hex();
        if (code >= 0xd800 && code < 0xdc00) {
            expect('\\');
            expect('u');
            const unsigned low = hex();
            if (low < 0xdc00 || low > 0xdfff) fail("half a surrogate pair");
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        } else if (code >= 0xdc00 && code < 0xe000) {
            fail("half a surrogate pair");
        }
        const auto byte = [&to](unsigned b) { *to++ = static_cast<char>(b); };
        if (code < 0x80) byte(code);
        else if (code < 0x800) byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f));
        else if (code < 0x10000) byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f));
        else byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f));
        return to;
    }
    unsigned hex() {
        unsigned code = 0;
        if (end_ - at_ < 4) fail("\\u needs four digits");
        const auto [end, error] = std::from_chars(at_, at_ + 4, code, 16);
        if (error != std::errc() || end != at_ + 4) fail("\\u needs four digits");
        at_ += 4;
        return code;
    }

    char* at_;
    char* end_;
    std::string name_;
    std::size_t line_ = 1;
};

/// Sets the column of this name, if there is one.
template <typename Event>
void set(Event& event, std::string_view column, std::string_view text, std::vector<bool>& seen, const Cursor& cursor) {
    std::size_t i = 0;
    weir::for_each_field(event, [&](std::string_view name, auto& member) {
        if (name == column) {
            if (not parse(text, member)) cursor.fail(fmt::format("column {}: '{}' is no such value", column, text));
            seen[i] = true;
        }
        ++i;
    });
}

template <typename Event>
void check_all_seen(const std::vector<bool>& seen, const Cursor& cursor) {
    for (std::size_t i = 0; i < seen.size(); ++i)
        if (not seen[i]) cursor.fail(fmt::format("column {} is missing", weir::field_names<Event>[i]));
}

template <typename Event>
void read_csv(Cursor& cursor, std::vector<Event>& events) {
    const auto columns_of_line = [&cursor](auto&& take) {
        for (std::size_t i = 0;; ++i) {
            take(i, cursor.csv_field());
            if (not cursor.skip(',')) break;
        }
    };
    const auto end_line = [&cursor] {
        if (not cursor.at_end() && not cursor.skip_line_end()) cursor.fail("something follows a quote");
    };
    std::vector<std::string> columns;
    if (not cursor.at_end()) {
        columns_of_line([&](std::size_t, std::string_view name) { columns.emplace_back(name); });
        end_line();
    }
    while (not cursor.at_end()) {
        std::vector<bool> seen(weir::field_count<Event>);
        Event event;
        std::size_t n = 0;
        columns_of_line([&](std::size_t i, std::string_view text) {
            if (i < columns.size()) set(event, columns[i], text, seen, cursor);
            n = i + 1;
        });
        if (n != columns.size()) cursor.fail(fmt::format("{} fields instead of {}", n, columns.size()));
        check_all_seen<Event>(seen, cursor);
        end_line();
        events.push_back(event);
    }
}

template <typename Event>
void read_jsonl(Cursor& cursor, std::vector<Event>& events) {
    while (not cursor.at_end()) {
        std::vector<bool> seen(weir::field_count<Event>);
        Event event;
        cursor.expect('{');
        do {
            cursor.skip_blanks();
            const std::string_view name = cursor.json_string();
            cursor.skip_blanks();
            cursor.expect(':');
            cursor.skip_blanks();
            const std::string_view text = cursor.peek() == '"' ? cursor.json_string() : cursor.until(",} \t\r\n");
            set(event, name, text, seen, cursor);
            cursor.skip_blanks();
        } while (cursor.skip(','));
        cursor.expect('}');
        check_all_seen<Event>(seen, cursor);
        if (not cursor.at_end() && not cursor.skip_line_end()) cursor.fail("something follows an object");
        events.push_back(event);
    }
}

} // namespace detail

/// The events of such a text; `name` stands before the line in errors, which are std::runtime_error.
template <typename Event>
[[nodiscard]] Loaded<Event> read(std::string bytes, Format format, const std::string& name) {
    Loaded<Event> loaded{{}, std::make_unique<std::string>(std::move(bytes))};
    detail::Cursor cursor(*loaded.bytes, name);
    if (format == Format::csv) detail::read_csv(cursor, loaded.events);
    else detail::read_jsonl(cursor, loaded.events);
    return loaded;
}

template <typename Event>
[[nodiscard]] Loaded<Event> read_file(const std::string& path, Format format) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (not file) throw std::runtime_error("cannot open " + path);
    std::string bytes;
    std::array<char, 65'536> block;
    while (const std::size_t n = std::fread(block.data(), 1, block.size(), file.get())) bytes.append(block.data(), n);
    if (std::ferror(file.get())) throw std::runtime_error("cannot read " + path);
    return read<Event>(std::move(bytes), format, path);
}

} // namespace nexmark
