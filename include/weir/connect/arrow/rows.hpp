// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/read.hpp>
#include <weir/connect/arrow/stream.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/rejected.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::arrow {
namespace detail {

/// A row, or as much of a bad one as can be read, and why it is bad.
template <typename Row>
struct ReadRow {
    Row row{};
    std::exception_ptr error{};

    [[nodiscard]] Row&& bad() noexcept { return std::move(row); } // what the policy is given
};

template <typename Row>
concept ArrowRow = HasFields<Row> && std::default_initializable<Row> && std::copyable<Row> && Storable<Row> &&
                   (not holds_view<Row> || not std::is_same_v<owned_t<Row>, Row>);

/// Says what is wrong with a Row that is none.
template <typename Row>
consteval bool check_row() {
    using weir::detail::never;
    if constexpr (not HasFields<Row>)
        static_assert(never<Row>, "arrow::from_stream<Row>: Row has no fields(). Add `static constexpr auto fields() { return weir::fields(\"name\", &Row::name, ...); }`.");
    else if constexpr (not std::default_initializable<Row> || not std::copyable<Row>)
        static_assert(never<Row>, "arrow::from_stream<Row>: Row cannot be made without arguments, or not copied.");
    else if constexpr (not Storable<Row>)
        static_assert(never<Row>, "arrow::from_stream<Row>: a field's type is no column. Accepted: bool, integers, enums, float, double, strings, "
                                  "std::vector<std::byte>, sys_time, duration, types with fields(), std::optional of these.");
    else if constexpr (not ArrowRow<Row>)
        static_assert(never<Row>, "arrow::from_stream<Row>: a field is a std::string_view or std::span, which lives only until the next rows are read. Use "
                                  "std::string or std::vector<std::byte>, or specialise weir::Owned<Row> with the form in which operators keep a row.");
    return ArrowRow<Row>;
}

template <typename Types>
struct ReadersOf;
template <typename... Ts>
struct ReadersOf<std::tuple<Ts...>> {
    using type = std::tuple<ColumnReader<Ts>...>;
};

} // namespace detail

/// The rows of an Arrow stream, as a bounded BatchSource. It is asked for its schema at the first next_batch.
///     A bad row is an EventError, thrown after the rows before it have been given, and at every call from then on; with KeepsBad it is an
///     event with an Error. What is wrong with the stream as a whole is an Error.
template <typename Row, bool KeepsBad = false>
class Rows {
    static_assert(detail::check_row<Row>());

public:
    using event_type = std::conditional_t<KeepsBad, detail::ReadRow<Row>, Row>;
    static constexpr bool bounded = true;

    explicit Rows(Stream stream) : stream_(std::move(stream)) {}

    /// The next rows, lent until the next call; at most 1024. Their views point into the stream's own memory. Nothing is allocated once
    /// the strings have grown, but for those in a std::optional.
    [[nodiscard]] std::span<event_type> next_batch() {
        if (failed_) std::rethrow_exception(failed_);
        try {
            if (not opened_) open();
            while (done_ == length_)
                if (not next_array()) return {};
            return read_block(std::min<std::int64_t>(length_ - done_, most));
        } catch (...) {
            if (not failed_) failed_ = std::current_exception();
            throw;
        }
    }

private:
    static constexpr std::int64_t most = 1024;
    using Each = std::make_index_sequence<field_count<Row>>;

    void open() {
        schema_ = std::make_shared<const Owner<ArrowSchema>>(stream_.schema());
        if (detail::form_of((*schema_)->format).family != detail::Family::structure)
            throw Error({.reason = "rows are needed, a struct with a child for each column, not " + detail::describe(**schema_)});
        each_reader([&](auto& reader, std::string_view name) { reader.open(**schema_, name, ""); });
        opened_ = true;
    }
    bool next_array() {
        auto array = stream_.next();
        if (not array) return false;
        batch_.emplace(std::move(array), schema_);
        const ArrowArray& all = batch_->array();
        top_.bind(all, 0, all.length);
        each_reader([&](auto& reader, std::string_view) { reader.bind(all, all.offset, all.length); });
        done_ = 0;
        length_ = all.length;
        return true;
    }
    template <typename Fn>
    void each_reader(const Fn& fn) {
        [&]<std::size_t... I>(std::index_sequence<I...>) { (fn(std::get<I>(readers_), field_names<Row>[I]), ...); }(Each{});
    }

    std::span<event_type> read_block(std::int64_t count) {
        const auto n = static_cast<std::size_t>(count);
        if (rows_.size() < n) rows_.resize(n);
        faults_.begin(n, number_);
        for (std::size_t i = 0; i < n; ++i) row_of(i) = blank_; // members that are no fields must not keep what the last user left there
        if (top_.maybe_null())
            for (std::size_t i = 0; i < n; ++i)
                if (top_.is_null(done_ + static_cast<std::int64_t>(i))) faults_.add(i, "", "the whole row is null");
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (std::get<I>(readers_).read(done_, n, [&](std::size_t i) { return std::addressof(get_field<I>(row_of(i))); }, faults_), ...);
        }(Each{});
        done_ += count;
        number_ += n;
        if constexpr (KeepsBad) {
            for (std::size_t i = 0; i < n; ++i) rows_[i].error = faults_.at(i);
        } else if (faults_.first() < n) {
            const std::size_t bad = faults_.first();
            fail(faults_.at(bad), number_ - n + bad + 1);
            if (bad == 0) std::rethrow_exception(failed_);
            return {rows_.data(), bad};
        }
        return {rows_.data(), n};
    }
    Row& row_of(std::size_t i) noexcept {
        if constexpr (KeepsBad) return rows_[i].row;
        else return rows_[i];
    }
    void fail(const std::exception_ptr& error, std::uint64_t number) {
        try {
            std::rethrow_exception(error);
        } catch (const Error& known) { // so that it is nested
            failed_ = std::make_exception_ptr(EventError(std::string("from_stream: ") + known.what(), number, {}));
        }
    }

    Stream stream_;
    std::shared_ptr<const Owner<ArrowSchema>> schema_;
    std::optional<RecordBatch> batch_; // in hand: views point into it
    detail::Cells top_{};
    typename detail::ReadersOf<field_types_t<Row>>::type readers_{};
    std::vector<event_type> rows_;
    detail::Faults faults_;
    Row blank_{};
    std::int64_t done_ = 0; // of the batch in hand
    std::int64_t length_ = 0;
    std::uint64_t number_ = 0; // rows that were read
    std::exception_ptr failed_;
    bool opened_ = false;
};

} // namespace weir::arrow
