// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>
#include <weir/core/rejected.hpp>
#include <weir/core/time_text.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace weir {

/// How JSON lines are read.
struct JsonOptions {
    TimeFormat time = iso_8601;        ///< how times are written: as text, or as a number since 1970
    bool allow_missing_fields = false; ///< a field that is not there keeps the value that a new Row has; else it is an error, but for a std::optional
    bool allow_extra_fields = true;    ///< what no field has is passed over; else it is an error
    std::size_t max_line = 1 << 20;    ///< bytes; a longer line is a bad row
    std::size_t block = 65'536;        ///< bytes asked for at a time: what is in them is a batch
    const Files* files = nullptr;      ///< without one the machine's; must outlive the source
};

/// A line that could not be read: what() says which field and value, position() where the value stands.
class JsonError : public PositionedError {
public:
    JsonError(const std::string& what, Position position, std::string field = {}, std::string value = {})
        : PositionedError(what, std::move(position)), field_(std::move(field)), value_(std::move(value)) {}
    [[nodiscard]] const std::string& field() const noexcept { return field_; } ///< such as "legs[2].to"; "" where no single one is wrong
    [[nodiscard]] const std::string& value() const noexcept { return value_; } ///< as it stands in the line

private:
    std::string field_;
    std::string value_;
};

} // namespace weir
