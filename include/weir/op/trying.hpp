// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/error_policy.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The running form of try_map. E: the owned event. Keeps: fn only looks at it. Retries: an event in error may have to wait.
template <typename Fn, typename Errors, typename E, bool Keeps, bool Retries>
class Trying {
    using Side = std::remove_cvref_t<decltype(std::declval<Errors&>().branch())>;

public:
    using kind = OperatorKind;
    static constexpr bool bounded_room = Retries || Side::waits;

    Trying(Fn fn, Errors errors, const Clock& clock) : fn_(std::move(fn)), errors_(std::move(errors)) {
        if constexpr (Retries) wait_.clock = &clock;
    }

    template <typename Given, typename Next>
    WEIR_INLINE void on_event(Given&& event, Next& next) {
        if constexpr (Retries)
            if (waiting()) return wait_.backlog.put(std::forward<Given>(event));
        ++number_;
        if (std::exception_ptr error = attempt(event, next)) failed(std::forward<Given>(event), std::move(error));
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) { signal({SignalValue::Kind::watermark, false, t, 0}, next); }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) { signal({SignalValue::Kind::own_mark, false, t, 0}, next); }
    template <typename Next>
    void on_time(Timestamp now, Next& next) { signal({SignalValue::Kind::time, false, now, 0}, next); }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) { signal({SignalValue::Kind::barrier, false, {}, epoch}, next); }
    template <typename Next>
    void on_outcome(std::uint64_t epoch, bool committed, Next& next) { signal({SignalValue::Kind::outcome, committed, {}, epoch}, next); }
    template <typename Next>
    void on_end(Next& next) { signal({SignalValue::Kind::end, false, {}, 0}, next); }
    template <typename Next>
    void end_span(Next&) { errors_.branch().end_span(); }

    template <typename Next>
        requires(bounded_room)
    bool resume(Next& next) {
        const bool through = errors_.branch().resume();
        if constexpr (Retries)
            if (waiting() && not try_again(next)) return false;
        return through;
    }
    [[nodiscard]] Timestamp resume_at() const {
        if constexpr (Retries)
            if (waiting()) return std::min<Timestamp>(wait_.due, errors_.branch().resume_at());
        return errors_.branch().resume_at();
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        if constexpr (Retries)
            if (waiting()) return 0;
        return std::min<std::size_t>(errors_.branch().room(), next.room());
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Side::has_deadline)
    {
        return errors_.branch().deadline();
    }

    template <typename OnOutlet>
    void for_each_outlet(OnOutlet&& fn) { errors_.branch().for_each_outlet(fn); }
    void report(OperatorReport& row) const {
        row.dropped(Drop::error) = errors_.rejected();
        if constexpr (Retries) row.held = wait_.backlog.size() + (waiting() ? 1 : 0);
    }
    void report_inner(ReportWalk& walk) const { errors_.branch().report(walk); }
    void save(StateWriter& to) const { // a checkpoint finds nothing that waits
        to.put(number_);
        errors_.save(to);
    }
    void load(StateReader& from) {
        from.get(number_);
        errors_.load(from);
    }
    template <typename Walk> // a template: compiled only in durable jobs
    void save_inner(Walk& walk) const { errors_.branch().save(walk); }
    template <typename Walk>
    void load_inner(Walk& walk) { errors_.branch().load(walk); }

private:
    struct Wait {
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
            if (errors_.tries() > 0) {
                wait_.event.emplace(to_owned(std::forward<Given>(event)));
                wait_.left = errors_.tries();
                wait_.due = saturating_add(wait_.clock->now(), errors_.backoff());
                return;
            }
        }
        errors_.reject(std::forward<Given>(event), std::move(error), number_);
    }

    /// True when nothing waits any more.
    template <typename Next>
    bool try_again(Next& next) {
        while (waiting()) {
            if (wait_.clock->now() < wait_.due) return false;
            if (std::exception_ptr error = attempt(*wait_.event, next)) {
                if (--wait_.left > 0) {
                    wait_.due = saturating_add(wait_.clock->now(), errors_.backoff());
                    continue;
                }
                errors_.reject(std::move(*wait_.event), std::move(error), number_); // where it throws the event counts as held
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
        send(signal, errors_.branch());
        send(signal, next);
    }

    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    Errors errors_;
    std::uint64_t number_ = 0; // of the event that is tried
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<Retries, Wait, NoWait> wait_{};
};

} // namespace weir::detail
