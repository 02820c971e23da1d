// SPDX-License-Identifier: BSL-1.0
// Operators that keep something for each key.
#include "laws/laws.hpp"

using laws::failing;

namespace {

constexpr auto last_digit = [](int x) { return x % 10; };

/// key_by and the operator behind it.
template <typename Op>
void hold_behind_key(Op op, weir::LawOptions options = {}) {
    const auto keyed = [op](const weir::Fault& fault) { return weir::key_by(failing(fault, last_digit)) | op(fault); };
    laws::hold_for_operator(keyed, options);
    laws::hold_inside(keyed, options);
}

/// All laws on timed events alone, as what waits for the watermark needs them.
template <typename Op>
void hold_on_timed(Op op) {
    const auto make = [op](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::key_by(failing(fault, last_digit)) | op(fault) | std::move(sink);
    };
    weir::check_laws(laws::timed(80), make, {.runs = 12});
    weir::check_laws(laws::timed(80, 8), make, {.runs = 12});
}

constexpr auto add = [](int a, int b) { return a + b; };

} // namespace

TEST_CASE("scan of keys keeps the laws") {
    hold_behind_key([](const weir::Fault& fault) { return weir::scan(0, failing(fault, add)); });
}

TEST_CASE("scan of keys with a state that allocates keeps the laws") {
    laws::hold_for_operator([](const weir::Fault& fault) {
        return weir::key_by([](int x) { return std::to_string(x % 10); }) |
               weir::scan(std::string(), failing(fault, [](std::string all, int x) { return all.substr(all.size() / 2) + std::to_string(x); }));
    });
}

TEST_CASE("reduce keeps the laws, with a key and without one") {
    const auto op = [](const weir::Fault& fault) { return weir::reduce(failing(fault, add)); };
    laws::hold_for_operator(op);
    hold_behind_key(op);
}

TEST_CASE("reduce of texts keeps the laws") {
    laws::hold_for_operator([](const weir::Fault& fault) {
        return weir::map([](int x) { return std::to_string(x); }) | weir::key_by(&std::string::size) |
               weir::reduce(failing(fault, [](std::string a, const std::string& b) { return a.substr(a.size() / 2) + b; }));
    });
}

TEST_CASE("keys that are evicted or refused keep the laws") {
    laws::hold_for_operator([](const weir::Fault& fault) {
        return weir::key_by(last_digit) | weir::scan(0, failing(fault, add), {.max_keys = 4, .at_max = weir::AtMaxKeys::evict});
    });
    laws::hold_inside([](const weir::Fault& fault) {
        return weir::key_by(last_digit) | weir::reduce(failing(fault, add), {.max_keys = 4, .at_max = weir::AtMaxKeys::drop_new});
    });
}

TEST_CASE("keys that grow old keep the laws") {
    using namespace std::chrono_literals;
    hold_on_timed([](const weir::Fault& fault) { return weir::scan(0, failing(fault, add), {.ttl = 6s}); });
    hold_on_timed([](const weir::Fault&) { return weir::deduplicate({.max_keys = 6, .at_max = weir::AtMaxKeys::evict, .ttl = 9s}, weir::Keep::latest); });
}

TEST_CASE("state and timers of one's own keep the laws, also where keys grow old and go") {
    using namespace std::chrono_literals;
    for (const weir::KeyedOptions& options :
         {weir::KeyedOptions{}, weir::KeyedOptions{.max_keys = 4, .at_max = weir::AtMaxKeys::evict, .ttl = 4s}})
        hold_on_timed([options](const weir::Fault& fault) {
            return weir::process_keyed<int, int>(
                [fault](int x, int& sum, auto& context) {
                    fault();
                    sum += x;
                    if (x % 3 == 0) context.set_timer(context.time() + std::chrono::seconds(x % 7));
                    if (x % 5 == 0) context.delete_timer(context.time() + 3s);
                    context.emit(sum);
                },
                [fault](weir::Timestamp, int& sum, auto& context) {
                    fault();
                    context.emit(-sum);
                    if (sum % 2 == 0) context.clear();
                },
                options);
        });
}
