// SPDX-License-Identifier: BSL-1.0
// JSON as the conformance cases use it: keys and values of events, and what is expected of them.
#pragma once
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <cctype>
#include <compare>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

/// A JSON value; also the key and value of events, so it is ordered, hashed and saved. Numbers without a fraction are integers.
class Json {
public:
    enum class Type : unsigned char { null, boolean, integer, real, string, list, object };

    Json() = default;
    Json(std::int64_t n) : type_(Type::integer), integer_(n) {}
    Json(std::string s) : type_(Type::string), text_(std::move(s)) {}
    static Json boolean(bool b) {
        Json j(static_cast<std::int64_t>(b));
        j.type_ = Type::boolean;
        return j;
    }
    /// 3.0 is 3; others are compared to six decimals, as the cases' own model does.
    static Json real(double d) {
        if (d > -9e15 && d < 9e15 && d == static_cast<double>(static_cast<std::int64_t>(d))) return Json(static_cast<std::int64_t>(d));
        Json j;
        j.type_ = Type::real;
        j.text_ = fmt::format("{:.6f}", d);
        return j;
    }
    static Json list(std::vector<Json> elements) {
        Json j;
        j.type_ = Type::list;
        j.elements_ = std::move(elements);
        return j;
    }
    static Json object() {
        Json j;
        j.type_ = Type::object;
        return j;
    }
    static Json parse(std::string_view text);

    [[nodiscard]] Type type() const noexcept { return type_; }
    [[nodiscard]] bool is_null() const noexcept { return type_ == Type::null; }
    [[nodiscard]] bool is_number() const noexcept { return type_ == Type::integer || type_ == Type::real; }
    [[nodiscard]] bool is_string() const noexcept { return type_ == Type::string; }
    [[nodiscard]] bool is_true() const noexcept { return type_ == Type::boolean && integer_ != 0; }
    [[nodiscard]] std::int64_t integer() const { return expect(Type::integer).integer_; }
    [[nodiscard]] double number() const {
        return type_ == Type::integer ? static_cast<double>(integer_) : std::strtod(expect(Type::real).text_.c_str(), nullptr);
    }
    [[nodiscard]] const std::string& string() const { return expect(Type::string).text_; }
    [[nodiscard]] const std::vector<Json>& elements() const { return expect(Type::list).elements_; }
    [[nodiscard]] std::vector<Json>& elements() { return elements_; }
    /// The elements of a list or the members of an object; nothing of others.
    [[nodiscard]] const std::vector<Json>& inside() const noexcept { return elements_; }

    /// A member of an object; null where it has none.
    [[nodiscard]] const Json& operator[](std::string_view name) const {
        static const Json none;
        for (std::size_t i = 0; i < names_.size(); ++i)
            if (names_[i] == name) return elements_[i];
        return none;
    }
    [[nodiscard]] bool has(std::string_view name) const {
        for (const std::string& n : names_)
            if (n == name) return true;
        return false;
    }
    /// A member to write to; members stay sorted by name.
    Json& member(std::string_view name) {
        std::size_t i = 0;
        while (i < names_.size() && names_[i] < name) ++i;
        if (i == names_.size() || names_[i] != name) {
            names_.insert(names_.begin() + static_cast<std::ptrdiff_t>(i), std::string(name));
            elements_.insert(elements_.begin() + static_cast<std::ptrdiff_t>(i), Json());
        }
        return elements_[i];
    }
    [[nodiscard]] std::int64_t integer_or(std::string_view name, std::int64_t otherwise) const {
        return has(name) ? (*this)[name].integer() : otherwise;
    }
    [[nodiscard]] std::string string_or(std::string_view name, std::string_view otherwise) const {
        return has(name) ? (*this)[name].string() : std::string(otherwise);
    }
    [[nodiscard]] bool true_or(std::string_view name, bool otherwise) const { return has(name) ? (*this)[name].is_true() : otherwise; }
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

    /// One text for equal values.
    [[nodiscard]] std::string text() const {
        switch (type_) {
        case Type::null: return "null";
        case Type::boolean: return integer_ != 0 ? "true" : "false";
        case Type::integer: return std::to_string(integer_);
        case Type::real: return text_;
        case Type::string: return quoted(text_);
        case Type::list:
        case Type::object: break;
        }
        std::string all = type_ == Type::list ? "[" : "{";
        for (std::size_t i = 0; i < elements_.size(); ++i)
            all += (i == 0 ? "" : ",") + (type_ == Type::list ? "" : quoted(names_[i]) + ":") + elements_[i].text();
        return all + (type_ == Type::list ? "]" : "}");
    }

    friend bool operator==(const Json&, const Json&) = default;
    friend std::strong_ordering operator<=>(const Json& a, const Json& b) {
        if (a.is_number() && b.is_number() && a.type_ != b.type_) return (a.number() > b.number()) <=> (a.number() < b.number());
        if (a.type_ == Type::real && b.type_ == Type::real) return (a.number() > b.number()) <=> (a.number() < b.number());
        if (a.type_ != b.type_) return a.type_ <=> b.type_;
        if (a.integer_ != b.integer_) return a.integer_ <=> b.integer_;
        const int order = a.type_ >= Type::list ? a.text().compare(b.text()) : a.text_.compare(b.text_);
        return order <=> 0;
    }

private:
    const Json& expect(Type type) const {
        if (type_ != type) throw std::runtime_error("conformance case: another type of JSON value was expected than " + text());
        return *this;
    }
    static std::string quoted(const std::string& s) {
        std::string all = "\"";
        for (const char c : s) {
            if (c == '"' || c == '\\') all += '\\';
            all += c;
        }
        return all + '"';
    }
    Type type_ = Type::null;
    std::int64_t integer_ = 0;
    std::string text_;
    std::vector<std::string> names_;
    std::vector<Json> elements_;
};

/// Reads one value; throws std::runtime_error where the text is no JSON.
class JsonReader {
public:
    explicit JsonReader(std::string_view text) : text_(text) {}
    Json all() {
        Json value = one();
        if (next() != '\0') fail();
        return value;
    }

private:
    char next() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(char c) {
        if (next() != c) return false;
        ++at_;
        return true;
    }
    void need(char c) {
        if (not take(c)) fail();
    }
    [[noreturn]] void fail() const { throw std::runtime_error("no JSON at character " + std::to_string(at_)); }
    Json one() {
        const char c = next();
        if (c == '{') return object();
        if (c == '[') return list();
        if (c == '"') return Json(string());
        if (word("true")) return Json::boolean(true);
        if (word("false")) return Json::boolean(false);
        if (word("null")) return {};
        return number();
    }
    bool word(std::string_view w) {
        if (text_.substr(at_, w.size()) != w) return false;
        at_ += w.size();
        return true;
    }
    Json number() {
        const std::size_t first = at_;
        while (at_ < text_.size() && std::string_view("+-.eE0123456789").find(text_[at_]) != std::string_view::npos) ++at_;
        const std::string digits(text_.substr(first, at_ - first));
        if (digits.empty()) fail();
        if (digits.find_first_of(".eE") == std::string::npos) return Json(static_cast<std::int64_t>(std::strtoll(digits.c_str(), nullptr, 10)));
        return Json::real(std::strtod(digits.c_str(), nullptr));
    }
    std::string string() {
        need('"');
        std::string s;
        while (at_ < text_.size() && text_[at_] != '"') {
            char c = text_[at_++];
            if (c == '\\' && at_ < text_.size()) {
                c = text_[at_++];
                if (c == 'n') c = '\n';
                else if (c == 't') c = '\t';
                else if (c == 'u') { // the cases are ASCII; anything else only has to stay different
                    s += "\\u";
                    continue;
                }
            }
            s += c;
        }
        need('"');
        return s;
    }
    Json list() {
        need('[');
        std::vector<Json> elements;
        while (not take(']')) {
            elements.push_back(one());
            if (next() != ']') need(',');
        }
        return Json::list(std::move(elements));
    }
    Json object() {
        need('{');
        Json j = Json::object();
        while (not take('}')) {
            next();
            const std::string name = string();
            need(':');
            j.member(name) = one();
            if (next() != '}') need(',');
        }
        return j;
    }
    std::string_view text_;
    std::size_t at_ = 0;
};

inline Json Json::parse(std::string_view text) { return JsonReader(text).all(); }

} // namespace conformance

template <>
struct weir::Hash<conformance::Json> {
    static std::uint64_t of(const conformance::Json& j) { return stable_hash(j.text()); }
};
template <>
struct weir::Saved<conformance::Json> {
    static void save(StateWriter& to, const conformance::Json& j) { to.put(j.text()); }
    static conformance::Json load(StateReader& from) { return conformance::Json::parse(from.get<std::string>()); }
};
