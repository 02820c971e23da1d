// SPDX-License-Identifier: BSL-1.0
// The conformance cases: one JSON object per line, transcribed from the tests of other engines.
#pragma once
#include "conformance/json.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

struct Case {
    std::string id;
    std::string origin;
    std::string op;
    std::string aggregate;
    Json params;
    std::vector<Json> input;
    std::vector<Json> expected;
    std::optional<std::vector<std::int64_t>> late; ///< indexes of inputs dropped as late; nothing: not asserted
    std::optional<std::int64_t> error_after;       ///< index of an input that must be refused with an error
    bool eventual = false;                         ///< when outputs come is not asserted
    std::vector<Json> bounds;                      ///< of what may be kept behind some steps
    std::vector<Json> disagree;                    ///< where engines differ on it: names of rows of the cases' README
    bool model = true;                             ///< false: only what is listed is asserted, there may be more

    [[nodiscard]] bool ends() const { return not input.empty() && input.back()["end"].is_true(); }
};

inline Case read_case(const Json& line) {
    Case c;
    c.id = line["id"].string();
    c.origin = line["origin"].string();
    c.op = line["operator"].string();
    c.aggregate = line.string_or("aggregate", "sum");
    c.params = line["params"];
    c.input = line["input"].elements();
    c.expected = line["expected"].elements();
    if (line.has("late")) {
        c.late.emplace();
        for (const Json& index : line["late"].elements()) c.late->push_back(index.integer());
    }
    if (line.has("error_after_input_index")) c.error_after = line["error_after_input_index"].integer();
    c.eventual = line.string_or("timing", "") == "eventual";
    if (line.has("state_upper_bound")) c.bounds = line["state_upper_bound"].elements();
    if (line.has("disagree")) c.disagree = line["disagree"].elements();
    c.model = line["model"].is_true();
    return c;
}

/// The folder that a file lies in, with a slash behind it.
inline std::string folder_of(std::string file) {
    file.resize(file.find_last_of('/') + 1);
    return file;
}
inline bool is_there(const std::string& file) { return std::ifstream(file).good(); }

/// Where the cases lie beside the repository.
inline std::string own_case_file() { return folder_of(__FILE__) + "../../../shared/conformance/public.jsonl"; }

/// The file of cases: that one, or what WEIR_CONFORMANCE names. Nothing: it is not there.
inline std::optional<std::string> case_file() {
    if (const char* const named = std::getenv("WEIR_CONFORMANCE")) return named;
    if (is_there(own_case_file())) return own_case_file();
    return {};
}

/// Whether the file is another one than ours: then nobody could list its cases before.
inline bool is_foreign_file() { return std::getenv("WEIR_CONFORMANCE") != nullptr; }

inline std::vector<Case> read_cases() {
    std::vector<Case> cases;
    const auto path = case_file();
    if (not path) {
        fmt::print("SKIPPED: the conformance cases, ../shared/conformance/public.jsonl, are not there\n");
        return cases;
    }
    std::ifstream file(*path);
    if (not file) throw std::runtime_error("cannot read " + *path);
    for (std::string line; std::getline(file, line);)
        if (not line.empty()) cases.push_back(read_case(Json::parse(line)));
    return cases;
}

/// All cases, read once.
inline const std::vector<Case>& cases() {
    static const std::vector<Case> all = read_cases();
    return all;
}

} // namespace conformance
