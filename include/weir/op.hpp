// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/any_chain.hpp>
#include <weir/op/broadcast.hpp>
#include <weir/op/distinct.hpp>
#include <weir/op/enumerate.hpp>
#include <weir/op/filter.hpp>
#include <weir/op/flat_map.hpp>
#include <weir/op/map.hpp>
#include <weir/op/merge.hpp>
#include <weir/op/route.hpp>
#include <weir/op/rule.hpp>
#include <weir/op/skip.hpp>
#include <weir/op/take.hpp>
#include <weir/op/take_while.hpp>
#include <weir/op/tap.hpp>
#include <weir/op/try_map.hpp>
#include <weir/op/when.hpp>
