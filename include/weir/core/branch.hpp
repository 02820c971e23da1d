// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/bind.hpp>
#include <weir/core/pack.hpp>
#include <weir/core/record.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <typename L>
concept HasNextLink = requires(L& link) { link.next(); };

/// The end of a running chain.
template <typename L>
constexpr auto& last_of(L& link) noexcept {
    if constexpr (HasNextLink<L>) return last_of(link.next());
    else return link;
}
template <typename L>
using last_t = std::remove_cvref_t<decltype(last_of(std::declval<L&>()))>;

/// An operator that begins another task, or has a chain inside that does.
template <typename Op>
inline constexpr bool cuts_somewhere = Cuts<Op> || requires { requires Op::cuts_inside; };
template <typename Ops>
inline constexpr bool any_cuts = false;
template <typename... Ops>
inline constexpr bool any_cuts<Pack<Ops...>> = (cuts_somewhere<Ops> || ...);
/// Whether a chain ends in another task than it begins in.
template <typename Ops>
inline constexpr bool leaves_task = false;
template <typename... Ops>
inline constexpr bool leaves_task<Pack<Ops...>> = (Cuts<Ops> || ...);

/// A running chain inside an operator: a branch of broadcast and route, the side chain of dead_letter and late_to.
/// The operator forwards every signal to it, before it sends it on to what follows.
template <typename L>
class Branch {
    static constexpr bool ends = L::can_finish || L::bounded_room;

public:
    /// It ends in a buffer, from which the operator takes what it gives.
    static constexpr bool open = requires { last_t<L>::is_buffer; };
    /// What it is given may have to wait: there is an operator inside that can be suspended, or a bounded queue behind it.
    static constexpr bool waits = open ? L::can_suspend : L::bounded_room;
    static constexpr bool has_deadline = L::has_deadline;
    static constexpr bool can_finish = L::can_finish;
    static constexpr Hears hears = L::hears;

    constexpr explicit Branch(L link) : link_(std::move(link)) {}

    /// False when it needs no more events and did not take this one.
    template <typename E>
    WEIR_INLINE constexpr bool on_event(E&& event) {
        if (done()) return false;
        link_.on_event(std::forward<E>(event));
        return true;
    }
    constexpr void on_watermark(Timestamp t) { link_.on_watermark(t); }
    constexpr void on_own_mark(Timestamp t) { link_.on_own_mark(t); }
    constexpr void on_idle() { link_.on_idle(); }
    constexpr void on_time(Timestamp now) { link_.on_time(now); }
    constexpr void on_barrier(std::uint64_t epoch) { link_.on_barrier(epoch); }
    constexpr void on_outcome(std::uint64_t epoch, bool committed) { link_.on_outcome(epoch, committed); }
    constexpr void on_end() { link_.on_end(); }
    constexpr void end_span() { link_.end_span(); }
    constexpr bool resume() { return link_.resume(); }
    [[nodiscard]] constexpr bool done() const {
        if constexpr (ends) return link_.done();
        else return false;
    }
    /// How many events it can be given; one that needs no more stops nobody.
    [[nodiscard]] constexpr std::size_t room() const {
        if constexpr (waits) return done() ? unlimited : link_.room();
        else return unlimited;
    }
    /// An open branch from which everything was taken, and which still has not finished what it was given.
    [[nodiscard]] constexpr bool suspended() const {
        if constexpr (open && waits) return link_.room() == 0;
        else return false;
    }
    [[nodiscard]] constexpr Timestamp deadline() const { return link_.deadline(); }
    [[nodiscard]] constexpr Timestamp resume_at() const { return detail::resume_at(link_); }
    template <typename Fn>
    constexpr void for_each_outlet(Fn&& fn) { link_.for_each_outlet(fn); }
    /// How many events it has been given.
    [[nodiscard]] constexpr std::uint64_t arrived() const noexcept { return link_.arrived(0); }
    void report(ReportWalk& walk) const { link_.report(walk, 0); }
    void save(SaveWalk& walk) const { link_.save(walk); }
    void load(LoadWalk& walk) { link_.load(walk); }

    /// The buffer at the end of an open branch.
    [[nodiscard]] constexpr auto& buffer() noexcept { return last_of(link_); }
    [[nodiscard]] constexpr const auto& buffer() const noexcept { return last_of(link_); }

private:
    L link_;
};

/// The running form of a chain inside the operator `id`, in the part of that name. Its first link counts what arrives.
template <typename S, typename C, typename Binding, typename Last = End>
constexpr auto bind_branch(const S& stream, C&& chain, Binding& binding, std::uint32_t id, std::string_view part, Last last = {}) {
    binding.names().enter(id, part);
    auto link = bind_chain<true>(stream, ops_of(std::forward<C>(chain)), binding, std::move(last));
    binding.names().leave();
    return Branch<decltype(link)>(std::move(link));
}

/// An operator without a side chain forwards to this.
struct NoBranch {
    static constexpr bool open = false;
    static constexpr bool waits = false;
    static constexpr bool has_deadline = false;
    static constexpr bool can_finish = false;

    constexpr void on_watermark(Timestamp) noexcept {}
    constexpr void on_own_mark(Timestamp) noexcept {}
    constexpr void on_time(Timestamp) noexcept {}
    constexpr void on_barrier(std::uint64_t) noexcept {}
    constexpr void on_outcome(std::uint64_t, bool) noexcept {}
    constexpr void on_end() noexcept {}
    constexpr void end_span() noexcept {}
    constexpr bool resume() noexcept { return true; }
    [[nodiscard]] constexpr bool done() const noexcept { return false; }
    [[nodiscard]] constexpr std::size_t room() const noexcept { return unlimited; }
    [[nodiscard]] constexpr Timestamp deadline() const noexcept { return max_time; }
    [[nodiscard]] constexpr Timestamp resume_at() const noexcept { return max_time; }
    template <typename Fn>
    constexpr void for_each_outlet(Fn&&) noexcept {}
    void report(ReportWalk&) const noexcept {}
    void save(SaveWalk&) const noexcept {}
    void load(LoadWalk&) noexcept {}
};

} // namespace weir::detail
