// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/rejected.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

/// A value of a row that cannot be written: where in the row it stands, and why.
struct FieldFault {
    std::string place;
    std::exception_ptr error;
};

/// To be called where a value of the field has thrown: throws the error on as one of that field. `kind`: "column", "field".
[[noreturn]] inline void fail_field(std::string_view kind, std::string_view name) {
    try {
        throw;
    } catch (const FieldFault& inner) {
        const std::string behind = inner.place.substr(inner.place.find(' ') + 1);
        throw FieldFault{(((std::string(kind) += ' ') += name) += '.') += behind, inner.error};
    } catch (...) {
        throw FieldFault{(std::string(kind) += ' ') += name, std::current_exception()};
    }
}

/// To be called where a row has thrown: throws an EventError that names the sink, the row and the field. What is no std::exception, or says
/// that there is no memory, goes on as it is.
[[noreturn]] inline void fail_row(std::string_view sink, std::uint64_t number) {
    std::string place;
    std::exception_ptr error = std::current_exception();
    try {
        std::rethrow_exception(error);
    } catch (const FieldFault& fault) {
        place = fault.place + ": ";
        error = fault.error;
    } catch (...) {}
    try {
        std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& known) { // so that it is nested
        throw EventError(std::string(sink) + ": row " + std::to_string(number) + ": " + place + known.what(), number, {});
    }
}

} // namespace weir::detail
