// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/rejecting.hpp>
#include <weir/source/line.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// A row, or the text of a bad one and why it is bad.
template <typename Row>
struct ReadRow {
    Row row{};
    std::string text{};
    Line place{}; // without its text
    std::exception_ptr error{};

    /// Of a bad one.
    void keep(const Line& line) {
        text = line;
        place = line.with_text({});
    }
    [[nodiscard]] Line bad() const noexcept { return place.with_text(text); } // what the policy is given
};

} // namespace detail

template <typename Row>
    requires(not std::is_same_v<owned_t<Row>, Row>)
struct Owned<detail::ReadRow<Row>> {
    using type = detail::ReadRow<owned_t<Row>>;
};

namespace detail {

/// Gives rows on, and bad ones to the policy.
template <typename Errors>
class RowPassing : public Rejecting<RowPassing<Errors>, Errors> {
    using Base = Rejecting<RowPassing, Errors>;

public:
    using Base::Base;

    template <typename Read, typename Next>
    WEIR_INLINE void on_event(Read&& read, Next& next) {
        ++this->number_;
        if (not read.error) [[likely]] next.on_event(std::move(read.row));
        else this->errors_.reject(read.bad(), read.error, this->number_);
    }
};

/// `Named::name`: the function that reads the rows. Bad: what the policy is given.
template <typename Row, typename P, typename Named, typename Bad = Line>
struct RowPolicyOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = Named::name;
    static constexpr bool cuts_inside = P::cuts_inside;
    static constexpr bool per_event = P::only_drops;
    WEIR_NO_UNIQUE_ADDRESS P policy;

    template <typename S>
    using rejects = with_event_t<S, Bad>;
    template <typename S>
    using out = std::conditional_t<P::template fits<rejects<S>>(), with_event_t<S, Row>, Refused>;

    template <typename S>
    void say_memory(auto& walk, const S&) const { policy.say_memory(walk, rejects<S>{}); }
    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t id) && {
        auto errors = std::move(policy).bind(rejects<S>{}, binding, id);
        return RowPassing<decltype(errors)>(std::move(errors));
    }
};

} // namespace detail
} // namespace weir
