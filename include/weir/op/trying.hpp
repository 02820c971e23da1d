// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/rejecting.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The running form of try_map. E: the owned event. Keeps: fn only looks at it. Retries: an event in error may have to wait.
template <typename Fn, typename Errors, typename E, bool Keeps, bool Retries>
class Trying : public Rejecting<Trying<Fn, Errors, E, Keeps, Retries>, Errors> {
    using Base = Rejecting<Trying, Errors>;
    friend Base;

public:
    static constexpr bool bounded_room = Retries || Base::Side::waits;

    Trying(Fn fn, Errors errors, const Clock& clock) : Base(std::move(errors)), fn_(std::move(fn)) {
        if constexpr (Retries) wait_.clock = &clock;
    }

    template <typename Given, typename Next>
    WEIR_INLINE void on_event(Given&& event, Next& next) {
        if constexpr (Retries)
            if (waiting()) return wait_.backlog.put(std::forward<Given>(event));
        ++this->number_;
        if (std::exception_ptr error = attempt(event, next)) failed(std::forward<Given>(event), std::move(error));
    }
    template <typename Next>
        requires(bounded_room)
    bool resume(Next& next) {
        const bool through = this->errors_.branch().resume();
        if constexpr (Retries)
            if (waiting() && not try_again(next)) return false;
        return through;
    }
    [[nodiscard]] Timestamp resume_at() const {
        if constexpr (Retries)
            if (waiting()) return std::min<Timestamp>(wait_.due, Base::resume_at());
        return Base::resume_at();
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        if constexpr (Retries)
            if (waiting()) return 0;
        return Base::room(next);
    }
    void report(OperatorReport& row) const {
        Base::report(row);
        if constexpr (Retries) row.held = wait_.backlog.size() + (waiting() ? 1 : 0);
    }

private:
    struct Wait { // a checkpoint finds nothing in it
        const Clock* clock = nullptr;
        std::optional<E> event; // the one in error
        Record<E> backlog;      // what came behind it
        Timestamp due{};
        unsigned left = 0;
    };
    struct NoWait {};

    [[nodiscard]] bool waiting() const noexcept { return wait_.event.has_value(); }

    /// Null when fn gave a value, which has gone on then.
    template <typename Given, typename Next>
    WEIR_INLINE std::exception_ptr attempt(Given& event, Next& next) {
        using Tried = std::conditional_t<Keeps || std::is_const_v<Given>, const Given&, Given&&>;
        using Result = std::remove_cvref_t<call_result_t<Fn, Tried>>;
        std::optional<Result> result; // only fn stands in the try: what follows has errors of its own
        try {
            result.emplace(call(fn_, static_cast<Tried>(event)));
        } catch (...) {
            return std::current_exception();
        }
        if constexpr (is_outcome<Result>) {
            if (not *result) return result->error();
            next.on_event(with_value(event, **std::move(result)));
        } else {
            next.on_event(with_value(event, *std::move(result)));
        }
        return nullptr;
    }

    template <typename Given>
    void failed(Given&& event, std::exception_ptr error) {
        if constexpr (Retries) {
            if (this->errors_.tries() > 0) {
                wait_.event.emplace(to_owned(std::forward<Given>(event)));
                wait_.left = this->errors_.tries();
                wait_.due = saturating_add(wait_.clock->now(), this->errors_.backoff());
                return;
            }
        }
        this->errors_.reject(std::forward<Given>(event), std::move(error), this->number_);
    }

    /// True when nothing waits any more.
    template <typename Next>
    bool try_again(Next& next) {
        while (waiting()) {
            if (wait_.clock->now() < wait_.due) return false;
            if (std::exception_ptr error = attempt(*wait_.event, next)) {
                if (--wait_.left > 0) {
                    wait_.due = saturating_add(wait_.clock->now(), this->errors_.backoff());
                    continue;
                }
                this->errors_.reject(std::move(*wait_.event), std::move(error), this->number_); // where it throws the event counts as held
            }
            wait_.event.reset();
            while (not wait_.backlog.empty() && not waiting()) {
                if (wait_.backlog.at_signal()) signal(wait_.backlog.take_signal(), next);
                else on_event(std::move(wait_.backlog.take_event()), next);
            }
        }
        wait_.backlog.clear();
        return true;
    }

    template <typename Next>
    void signal(const SignalValue& signal, Next& next) {
        if constexpr (Retries)
            if (waiting()) return wait_.backlog.put(signal);
        Base::signal(signal, next);
    }

    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<Retries, Wait, NoWait> wait_{};
};

} // namespace weir::detail
