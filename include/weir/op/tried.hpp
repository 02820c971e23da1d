// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/error_policy.hpp>
#include <weir/core/rejecting.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What fn gave for an event, or the event and why it gave nothing.
template <typename T, typename E>
struct Tried {
    using value_type = T;
    using event_type = E;
    struct Failed {
        E event;
        std::exception_ptr error;
        Position at;
    };
    std::optional<T> value{};
    std::unique_ptr<Failed> failed{};
};

/// The part of try_map that workers run: calls fn.
template <typename Fn>
struct TryingOp {
    using kind = OperatorKind;
    static constexpr bool unnamed = true; // the other part counts
    static constexpr bool one_to_one = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
    using result = std::remove_cvref_t<call_result_t<Fn, const typename S::event&>>;
    template <typename S>
    using tried = Tried<typename WithoutOutcome<result<S>>::type, owned_t<typename S::value>>;
    template <typename S>
        requires TakesEvent<Fn&, const typename S::event&>
    using out = with_event_t<S, tried<S>>;

    template <typename S>
    constexpr auto bind(const S&) && { return Running<result<S>, tried<S>>{std::move(fn)}; }

private:
    template <typename Result, typename Out>
    struct Running {
        using kind = OperatorKind;
        static constexpr bool one_to_one = true;
        WEIR_NO_UNIQUE_ADDRESS Fn fn;

        template <typename E, typename Next>
        void on_event(E&& event, Next& next) {
            Out out;
            std::exception_ptr error;
            try {
                Result given = call(fn, std::as_const(event));
                if constexpr (not is_outcome<Result>) out.value.emplace(std::move(given));
                else if (given) out.value.emplace(*std::move(given));
                else error = given.error() ? given.error() : std::make_exception_ptr(std::logic_error("an Outcome that holds nothing"));
            } catch (...) {
                error = std::current_exception();
            }
            if (error) out.failed.reset(new typename Out::Failed{to_owned(value_of(event)), error, position_of(event, error)});
            next.on_event(with_value(event, std::move(out)));
        }
    };
};

/// The running form of the other part: gives values on, and what failed to the policy.
template <typename Errors>
class TriedPassing : public Rejecting<TriedPassing<Errors>, Errors> {
    using Base = Rejecting<TriedPassing, Errors>;

public:
    using Base::Base;

    template <typename E, typename Next>
    WEIR_INLINE void on_event(E&& event, Next& next) {
        ++this->number_;
        auto& tried = value_of(event);
        if (tried.value) [[likely]] next.on_event(with_value(event, *std::move(tried.value)));
        else this->errors_.reject(with_value(event, std::move(tried.failed->event)), std::move(tried.failed->error), this->number_, std::move(tried.failed->at));
    }
};

template <typename P>
struct TriedOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "try_map";
    static constexpr bool cuts_inside = P::cuts_inside;
    WEIR_NO_UNIQUE_ADDRESS P policy;

    template <typename S>
    using out = with_event_t<S, typename S::value::value_type>;

    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t id) && {
        auto errors = std::move(policy).bind(with_event_t<S, typename S::value::event_type>{}, binding, id);
        return TriedPassing<decltype(errors)>(std::move(errors));
    }
};

} // namespace weir::detail
