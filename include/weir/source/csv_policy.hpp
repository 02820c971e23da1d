// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/rejecting.hpp>
#include <weir/source/csv_rows.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace weir::detail {

/// Gives rows on, and bad ones to the policy.
template <typename Errors>
class CsvPassing : public Rejecting<CsvPassing<Errors>, Errors> {
    using Base = Rejecting<CsvPassing, Errors>;

public:
    static constexpr bool bounded_room = Base::Side::waits;
    using Base::Base;

    template <typename Row, typename Next>
    WEIR_INLINE void on_event(CsvRead<Row>&& read, Next& next) {
        ++this->number_;
        if (not read.error) [[likely]] next.on_event(std::move(read.row));
        else this->errors_.reject(read.text, read.error, this->number_);
    }
    template <typename Next>
        requires(bounded_room)
    bool resume(Next&) {
        return this->errors_.branch().resume();
    }
};

template <typename Row, typename P>
struct CsvPolicyOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "from_csv";
    static constexpr bool cuts_inside = P::cuts_inside;
    WEIR_NO_UNIQUE_ADDRESS P policy;

    template <typename S>
    using texts = with_event_t<S, Line>; // what the policy is given
    template <typename S>
    using out = std::conditional_t<P::template fits<texts<S>>(), with_event_t<S, Row>, Refused>;

    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t id) && {
        auto errors = std::move(policy).bind(texts<S>{}, binding, id);
        return CsvPassing<decltype(errors)>(std::move(errors));
    }
};

} // namespace weir::detail
