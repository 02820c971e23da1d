// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/record_batch.hpp>

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace weir::arrow {

/// An ArrowArrayStream that is ours: record batches of one schema, one after the other. Movable; releases what it owns.
class Stream {
public:
    /// Takes it over; it is then marked as released. One that was released already is an Error.
    Stream(ArrowArrayStream* stream) : stream_(stream) {} // NOLINT(google-explicit-constructor): from_stream(&stream)
    /// A stream of one batch: for who has an ArrowArray and its ArrowSchema, from_stream<Row>(RecordBatch(&array, &schema)).
    Stream(RecordBatch batch); // NOLINT(google-explicit-constructor)
    explicit Stream(Owner<ArrowArrayStream> stream) noexcept : stream_(std::move(stream)) {}

    [[nodiscard]] Owner<ArrowSchema> schema() {
        ArrowSchema schema{};
        check(stream_->get_schema(stream_.get(), &schema));
        return Owner<ArrowSchema>(&schema);
    }
    /// The next array; none: the stream is over. What the producer says instead is an Error.
    [[nodiscard]] Owner<ArrowArray> next() {
        ArrowArray array{};
        check(stream_->get_next(stream_.get(), &array));
        return array.release == nullptr ? Owner<ArrowArray>() : Owner<ArrowArray>(&array);
    }
    /// Hands it over to whoever takes Arrow's C structs: pyarrow, DuckDB, Polars.
    void move_to(ArrowArrayStream* to) && noexcept { std::move(stream_).move_to(to); }

private:
    void check(int code) {
        if (code == 0) return;
        const char* said = stream_->get_last_error(stream_.get());
        throw Error({.reason = said != nullptr ? said : "the stream failed with the code " + std::to_string(code) + ", and says nothing of it", .code = code});
    }
    Owner<ArrowArrayStream> stream_;
};

namespace detail {

/// What stands behind an exported stream. next() gives none at the end.
struct Producer {
    virtual ~Producer() = default;
    virtual Owner<ArrowSchema> schema() = 0;
    virtual Owner<ArrowArray> next() = 0;
};

struct StreamNode {
    std::unique_ptr<Producer> producer;
    std::string error{};
    int code = 0; // once it has failed it gives nothing more

    /// No exception may leave through C.
    template <typename Fn>
    int guarded(Fn&& fn) noexcept {
        if (code != 0) return code;
        try {
            try {
                fn();
            } catch (const Error& e) {
                code = e.info().code;
                error = text_of(e.info());
            } catch (const std::bad_alloc&) {
                code = ENOMEM;
            } catch (...) {
                code = EIO;
                error = weir::detail::text_of(std::current_exception());
            }
        } catch (...) { // no memory for the text
            code = ENOMEM;
        }
        return code;
    }
};

inline StreamNode& node_of(ArrowArrayStream* stream) noexcept { return *static_cast<StreamNode*>(stream->private_data); }

inline Stream publish(std::unique_ptr<Producer> producer) {
    auto node = std::make_unique<StreamNode>(std::move(producer));
    ArrowArrayStream stream{};
    stream.get_schema = [](ArrowArrayStream* from, ArrowSchema* out) {
        *out = ArrowSchema{};
        StreamNode& at = node_of(from);
        return at.guarded([&] { at.producer->schema().move_to(out); });
    };
    stream.get_next = [](ArrowArrayStream* from, ArrowArray* out) {
        *out = ArrowArray{};
        StreamNode& at = node_of(from);
        return at.guarded([&] { at.producer->next().move_to(out); });
    };
    stream.get_last_error = [](ArrowArrayStream* from) -> const char* {
        const StreamNode& at = node_of(from);
        return at.error.empty() ? nullptr : at.error.c_str();
    };
    stream.release = &release_node<StreamNode, ArrowArrayStream>;
    stream.private_data = node.release();
    return Stream(Owner<ArrowArrayStream>(&stream));
}

struct OneBatch final : Producer {
    explicit OneBatch(RecordBatch only) noexcept : batch(std::move(only)) {}
    Owner<ArrowSchema> schema() override { return copy(batch.schema()); }
    Owner<ArrowArray> next() override {
        ArrowArray raw{};
        if (batch.array().release == nullptr) return {}; // it was given
        std::move(batch).move_to(&raw);
        return Owner<ArrowArray>(&raw);
    }
    RecordBatch batch;
};

} // namespace detail

inline Stream::Stream(RecordBatch batch) : Stream(detail::publish(std::make_unique<detail::OneBatch>(std::move(batch)))) {}

} // namespace weir::arrow
