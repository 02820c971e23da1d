// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/as_batches.hpp>
#include <weir/batch/micro_batch.hpp>
#include <weir/batch/process.hpp>
#include <weir/connect/arrow/stream.hpp>
#include <weir/core/fifo.hpp>
#include <weir/core/held.hpp>
#include <weir/run/job.hpp>
#include <weir/sink/for_each.hpp>
#include <weir/source/from.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

namespace weir::arrow {

/// Makes record batches of rows: for those who take them one by one.
///     E -> RecordBatch, of options.rows_per_batch rows each, the last of fewer; an operator, as micro_batch. An Error names column and row.
///     example: tests/connect/arrow.cpp
[[nodiscard]] inline auto batches(const BatchOptions& options = {}) {
    return micro_batch(options.rows_per_batch) | process(detail::ToBatch{options});
}

namespace detail {

/// Whether two schemas are the same but for names and formats that nobody reads: metadata, flags.
inline bool same_schema(const ArrowSchema& a, const ArrowSchema& b) noexcept {
    if (std::string_view(a.format) != b.format || name_of(a) != name_of(b) || a.n_children != b.n_children) return false;
    if ((a.dictionary == nullptr) != (b.dictionary == nullptr)) return false;
    for (std::int64_t i = 0; i < a.n_children; ++i)
        if (not same_schema(*a.children[i], *b.children[i])) return false;
    return a.dictionary == nullptr || same_schema(*a.dictionary, *b.dictionary);
}

/// A job whose batches are asked for, one by one: each is made on the thread of whoever asks.
///     Row: RecordBatch where the pipeline gives these itself; then the first one says the schema.
template <typename Row>
class JobProducer final : public Producer {
    static constexpr bool ready_made = std::is_same_v<Row, RecordBatch>;

public:
    template <typename P>
    JobProducer(P&& batches, const BatchOptions& options)
        : options_(options), job_(stepper(std::forward<P>(batches) | for_each([this](RecordBatch&& batch) { take(std::move(batch)); }))) {}

    Owner<ArrowSchema> schema() override {
        if constexpr (ready_made) {
            while (not schema_ && more()) step();
            if (not schema_ && failed_) std::rethrow_exception(failed_);
            return schema_ ? copy(*schema_) : publish(std::make_unique<SchemaNode>("+s", ""), 0);
        } else {
            return schema_of_rows<Row>(options_);
        }
    }
    Owner<ArrowArray> next() override {
        while (ready_.empty() && more()) step();
        Owner<ArrowArray> array;
        if (ready_.empty()) {
            if (failed_) std::rethrow_exception(failed_);
            return array;
        }
        ArrowArray raw{};
        std::move(*ready_.front()).move_to(&raw);
        ready_.pop_front();
        return Owner<ArrowArray>(&raw);
    }

private:
    void take(RecordBatch&& batch) {
        if constexpr (ready_made) {
            if (not schema_) schema_ = copy(batch.schema());
            else if (not same_schema(*schema_, batch.schema())) throw Error({.reason = "a record batch has other columns than the first one of its stream"});
        }
        ready_.push_back(std::move(batch));
    }
    [[nodiscard]] bool more() const noexcept { return not ended_ && not failed_; }
    void step() {
        constexpr std::size_t at_once = 1024;
        try {
            const Progress progress = job_.step(at_once);
            ended_ = progress == Progress::ended;
            if (progress == Progress::idle) std::this_thread::sleep_for(std::chrono::milliseconds(1)); // a retry waits, or a linger
        } catch (...) { // told behind the batches that were complete before
            failed_ = std::current_exception();
        }
    }

    BatchOptions options_;
    Owner<ArrowSchema> schema_;
    weir::detail::Fifo<std::optional<RecordBatch>> ready_;
    std::exception_ptr failed_;
    bool ended_ = false;
    Stepper job_;
};

template <typename Row, typename P>
Stream publish_job(P&& batches, const BatchOptions& options) {
    return publish(std::make_unique<JobProducer<Row>>(std::forward<P>(batches), options));
}

/// Rows that stand behind each other anyway are cut where they stand. R is T& for the user's, T for those that we own.
template <typename R>
class Slices {
public:
    using event_type = typename decltype(std::span(std::declval<const R&>()))::value_type;
    static constexpr bool bounded = true;

    template <typename T>
    Slices(T&& rows, std::size_t most) : rows_(std::forward<T>(rows)), most_(most) {
        if (most == 0) throw std::invalid_argument("arrow::to_stream: rows_per_batch must be at least 1");
    }
    [[nodiscard]] std::span<const event_type> next_batch() {
        const std::span<const event_type> all(std::as_const(rows_.get()));
        const auto batch = all.subspan(done_, std::min(most_, all.size() - done_));
        done_ += batch.size();
        return batch;
    }

private:
    Held<R> rows_;
    std::size_t most_;
    std::size_t done_ = 0;
};

template <typename T>
concept ContiguousRows = requires(const T& rows) { requires has_columns<typename decltype(std::span(rows))::value_type>(); };

template <typename P>
Stream begin(P&& pipeline, const BatchOptions& options) {
    using S = typename std::remove_cvref_t<P>::stream;
    if constexpr (std::is_same_v<S, Ended>) {
        static_assert(weir::detail::never<P>, "arrow::to_stream(pipeline): the pipeline ends in a sink already. Leave the sink away.");
    } else if constexpr (not S::traits.bounded) {
        static_assert(weir::detail::never<P>, "arrow::to_stream(pipeline): this stream has no end, and who reads the stream would wait for it. Put take(n) at its end, "
                                              "or hand on its batches one by one: | arrow::batches() | for_each(fn).");
    } else if constexpr (std::is_same_v<typename S::value, RecordBatch>) {
        return publish_job<RecordBatch>(std::forward<P>(pipeline), options);
    } else if constexpr (weir::detail::BatchValue<typename S::value>) {
        using Row = std::remove_const_t<typename decltype(std::span(std::declval<const typename S::value&>()))::element_type>;
        if constexpr (check_columns<Row>()) return publish_job<Row>(std::forward<P>(pipeline) | process(ToBatch{options}), options);
    } else {
        using Row = owned_t<typename S::value>;
        if constexpr (check_columns<Row>()) return publish_job<Row>(std::forward<P>(pipeline) | batches(options), options);
    }
    return Stream(nullptr);
}

} // namespace detail

/// A pipeline without a sink, or what from() takes, as an Arrow stream: for pyarrow, DuckDB, Polars, and whatever else reads one.
///     bounded E -> Stream, in order. Nothing runs until the reader asks; then, on its thread, as far as the next batch. The columns are
///     those of to_csv (the event time is not among them), with a struct for a field that has fields() itself; see Type for the
///     types. Batches of options.rows_per_batch rows, or those that the pipeline gives: micro_batch before it, as_batches, or RecordBatches.
///     What goes wrong reaches the reader behind the batches that were complete, with its text. Released early, it stops the job.
///     Lvalue sources are referred to, as by from(): they must outlive the stream. example: tests/connect/arrow.cpp
template <typename P>
[[nodiscard]] Stream to_stream(P&& events, const BatchOptions& options = {}) {
    auto pipeline = [&] {
        if constexpr (detail::ContiguousRows<std::remove_cvref_t<P>>) return from(detail::Slices<P>(std::forward<P>(events), options.rows_per_batch)) | as_batches();
        else return from(std::forward<P>(events));
    }();
    if constexpr (std::is_same_v<decltype(pipeline), Refused>) return Stream(nullptr);
    else return detail::begin(std::move(pipeline), options);
}

} // namespace weir::arrow
