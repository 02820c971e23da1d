// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

namespace weir::detail {

/// Plain windows of a part of a stream, which give nothing: what they have gathered goes to those of the whole stream (Panes::take_from).
///     An event that is late by the watermark of the part is late in the stream, too. One that is late only by what came before the
///     part is so with all others of its window here, which is told when that is known.
template <typename Store>
class Gathering : public Store {
public:
    using Store::Store;
    bool begin(Timestamp t) noexcept {
        if (Store::due() <= t) Store::end_until(t);
        return false;
    }
};

} // namespace weir::detail
