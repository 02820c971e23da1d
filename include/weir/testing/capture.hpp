// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/pack.hpp>
#include <weir/testing/describe.hpp>
#include <weir/testing/fault.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// What a pipeline gave: its events, each with its mark, the last watermark before it.
template <typename E>
struct Captured {
    struct Row {
        E event;
        Timestamp mark;
    };
    std::vector<Row> rows;
    Timestamp mark = min_time; // the last of all
    bool ended = false;
};

/// The sink of a trial. Its state is how much had been captured, as that of a sink that can take back what came after a checkpoint.
template <typename E>
struct Capturing {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    std::shared_ptr<Captured<E>> to;
    Fault fault;

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        fault();
        to->rows.push_back({to_owned(std::forward<Given>(event)), to->mark});
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        to->mark = t;
        next.on_watermark(t);
    }
    template <typename Next>
    void on_end(Next& next) {
        to->ended = true;
        next.on_end();
    }
    void save(StateWriter& out) const {
        out.put(to->rows.size());
        out.put(to->mark);
        out.put(to->ended);
    }
    void load(StateReader& in) {
        to->rows.erase(to->rows.begin() + static_cast<std::ptrdiff_t>(in.get<std::size_t>()), to->rows.end());
        in.get(to->mark);
        in.get(to->ended);
    }
};

/// Where the result of a trial is found; its type is known only behind the user's operators.
struct CaptureHome {
    std::shared_ptr<void> captured;
};

struct CaptureOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "captured";
    CaptureHome* home;
    Fault fault;

    template <typename S>
    using out = Ended;
    template <typename S>
    auto bind(const S&) && {
        using E = owned_t<typename S::event>;
        if (not home->captured) home->captured = std::make_shared<Captured<E>>();
        return Capturing<E>{std::static_pointer_cast<Captured<E>>(home->captured), std::move(fault)};
    }
};

template <typename S, typename... Ops>
consteval auto stream_before_last(std::type_identity<Pack<Ops...>>) {
    static_assert(std::is_same_v<nth_t<sizeof...(Ops) - 1, Pack<Ops...>>, CaptureOp>,
                  "the function given must return source | operators ... | sink, with the source and the sink that it was given.");
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return std::type_identity<attach_t<S, nth_t<I, Pack<Ops...>>...>>{};
    }(std::make_index_sequence<sizeof...(Ops) - 1>{});
}

/// The stream that arrives at the sink of a job whose last operator is a CaptureOp.
template <typename Job>
using captured_stream_t =
    typename decltype(stream_before_last<typename Job::source_type::stream>(std::type_identity<decltype(Job::ops)>{}))::type;

template <typename E>
bool same_row(const typename Captured<E>::Row& a, const typename Captured<E>::Row& b, double tolerance, bool marks) {
    return same(a.event, b.event, tolerance) && (not marks || a.mark == b.mark);
}

/// Whether each row of `a` has a partner in `b`. Quadratic: results of tests are small.
template <typename E>
bool same_multiset(const Captured<E>& a, const Captured<E>& b, double tolerance) {
    if (a.rows.size() != b.rows.size()) return false;
    std::vector<bool> used(b.rows.size(), false);
    for (const auto& row : a.rows) {
        std::size_t i = 0;
        while (i < b.rows.size() && (used[i] || not same_row<E>(row, b.rows[i], tolerance, false))) ++i;
        if (i == b.rows.size()) return false;
        used[i] = true;
    }
    return true;
}

template <typename E>
concept HasKey = requires(const E& event) { value_of(event).key; };

/// The rows of each key in their order.
template <typename E>
bool same_per_key(const Captured<E>& a, const Captured<E>& b, double tolerance) {
    if constexpr (HasKey<E>) {
        const auto of_key = [](const Captured<E>& from, const auto& key) {
            Captured<E> rows;
            for (const auto& row : from.rows)
                if (value_of(row.event).key == key) rows.rows.push_back(row);
            return rows.rows;
        };
        if (a.rows.size() != b.rows.size()) return false;
        for (const auto& row : a.rows) {
            const auto x = of_key(a, value_of(row.event).key);
            const auto y = of_key(b, value_of(row.event).key);
            if (x.size() != y.size()) return false;
            for (std::size_t i = 0; i < x.size(); ++i)
                if (not same_row<E>(x[i], y[i], tolerance, false)) return false;
        }
        return true;
    } else {
        return same_multiset(a, b, tolerance);
    }
}

/// Nothing, or in one sentence what differs between what was expected and what came.
///     marks: also the mark of each event, where the order is total
template <typename E>
std::string difference(const Captured<E>& expected, const Captured<E>& got, Order order, double tolerance, bool marks) {
    if (order == Order::per_key && not same_per_key(expected, got, tolerance)) return "the events of a key differ";
    if (order == Order::none && not same_multiset(expected, got, tolerance)) return "the events differ, also in any other order";
    if (order == Order::total) {
        const std::size_t n = std::min(expected.rows.size(), got.rows.size());
        for (std::size_t i = 0; i < n; ++i) {
            const auto& e = expected.rows[i];
            const auto& g = got.rows[i];
            if (not same(e.event, g.event, tolerance))
                return fmt::format("event {} of the results is {}, expected was {}", i + 1, describe(g.event), describe(e.event));
            if (marks && e.mark != g.mark)
                return fmt::format("event {} of the results has the mark {} ns, expected was {} ns", i + 1,
                                   g.mark.time_since_epoch().count(), e.mark.time_since_epoch().count());
        }
        if (expected.rows.size() > n) return fmt::format("the results end before event {}, {}", n + 1, describe(expected.rows[n].event));
        if (got.rows.size() > n) return fmt::format("the results have one more, event {}, {}", n + 1, describe(got.rows[n].event));
    }
    if (marks && expected.mark != got.mark)
        return fmt::format("the last watermark is {} ns, expected was {} ns", got.mark.time_since_epoch().count(),
                           expected.mark.time_since_epoch().count());
    if (expected.ended != got.ended) return got.ended ? "it was told of an end too many" : "the end of the stream did not arrive";
    return {};
}

template <typename E>
std::string describe_rows(const Captured<E>& captured) {
    std::vector<E> events;
    for (const auto& row : captured.rows) events.push_back(row.event);
    return describe_elements(events);
}

} // namespace weir::detail
