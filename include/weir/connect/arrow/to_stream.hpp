// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/micro_batch.hpp>
#include <weir/batch/process.hpp>
#include <weir/connect/arrow/stream.hpp>
#include <weir/core/fifo.hpp>
#include <weir/run/job.hpp>
#include <weir/sink/for_each.hpp>
#include <weir/source/from.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace weir::arrow {
namespace detail {

/// A job whose batches are asked for, one by one: each is made on the thread of whoever asks.
template <typename Row>
class JobProducer final : public Producer {
public:
    template <typename P>
    JobProducer(P&& batches, const BatchOptions& options)
        : options_(options), job_(stepper(std::forward<P>(batches) | process(ToBatch{options}) |
                                          for_each([this](RecordBatch&& batch) { ready_.push_back(std::move(batch)); }))) {}

    Owner<ArrowSchema> schema() override { return schema_of_rows<Row>(options_); }
    Owner<ArrowArray> next() override {
        Owner<ArrowArray> array;
        while (ready_.empty()) {
            if (failed_) std::rethrow_exception(failed_);
            if (ended_) return array;
            step();
        }
        ArrowArray raw{};
        std::move(*ready_.front()).move_to(&raw);
        ready_.pop_front();
        return Owner<ArrowArray>(&raw);
    }

private:
    void step() {
        constexpr std::size_t at_once = 1024;
        Progress progress = Progress::ended;
        try {
            progress = job_.step(at_once);
        } catch (...) { // behind the batches that were complete before
            failed_ = std::current_exception();
        }
        ended_ = progress == Progress::ended;
        if (progress == Progress::idle) std::this_thread::sleep_for(std::chrono::milliseconds(1)); // a retry waits, or a linger
    }

    BatchOptions options_;
    weir::detail::Fifo<std::optional<RecordBatch>> ready_;
    std::exception_ptr failed_;
    bool ended_ = false;
    Stepper job_;
};

template <typename P>
Stream begin(P&& pipeline, const BatchOptions& options) {
    using S = typename std::remove_cvref_t<P>::stream;
    if constexpr (std::is_same_v<S, Ended>) {
        static_assert(weir::detail::never<P>, "arrow::to_stream(pipeline): the pipeline ends in a sink already. Leave the sink away.");
    } else if constexpr (not S::traits.bounded) {
        static_assert(weir::detail::never<P>, "arrow::to_stream(pipeline): this stream has no end, and who reads the stream would wait for it. Put take(n) at its end, "
                                              "or hand on its batches one by one: | arrow::batches() | for_each(fn).");
    } else if constexpr (weir::detail::BatchValue<typename S::value>) {
        using Row = std::remove_const_t<typename decltype(std::span(std::declval<const typename S::value&>()))::element_type>;
        return publish(std::make_unique<JobProducer<Row>>(std::forward<P>(pipeline), options));
    } else {
        using Row = owned_t<typename S::value>;
        return publish(std::make_unique<JobProducer<Row>>(std::forward<P>(pipeline) | micro_batch(options.rows_per_batch), options));
    }
    return Stream(nullptr);
}

} // namespace detail

/// A pipeline without a sink, or what from() takes, as an Arrow stream: for pyarrow, DuckDB, Polars, and whatever else reads one.
///     bounded E -> Stream, in order. Nothing runs until the reader asks; then, on its thread, as far as the next batch. The columns are
///     those of to_csv (the event time is not among them), with a struct for a field that has fields() itself; see Type for the
///     types. Batches of options.rows_per_batch rows, or those that the pipeline gives: micro_batch before it, as_batches.
///     What goes wrong reaches the reader behind the batches that were complete, with its text. Released early, it stops the job.
///     Lvalue sources are referred to, as by from(): they must outlive the stream. example: tests/connect/arrow.cpp
template <typename P>
[[nodiscard]] Stream to_stream(P&& events, const BatchOptions& options = {}) {
    auto pipeline = from(std::forward<P>(events));
    if constexpr (std::is_same_v<decltype(pipeline), Refused>) return Stream(nullptr);
    else return detail::begin(std::move(pipeline), options);
}

/// Makes record batches of rows: for those who take them one by one.
///     E -> RecordBatch, of options.rows_per_batch rows each, the last of fewer; an operator, as micro_batch. An Error names column and row.
///     example: tests/connect/arrow.cpp
[[nodiscard]] inline auto batches(const BatchOptions& options = {}) {
    return micro_batch(options.rows_per_batch) | process(detail::ToBatch{options});
}

} // namespace weir::arrow
