// SPDX-License-Identifier: BSL-1.0
// Component sqlite: an embedded database as sink and as source. Needs libsqlite3, 3.35 or later.
#pragma once
#include <weir/connect/sqlite/column.hpp>
#include <weir/connect/sqlite/database.hpp>
#include <weir/connect/sqlite/error.hpp>
#include <weir/connect/sqlite/insert_into.hpp>
#include <weir/connect/sqlite/inserter.hpp>
#include <weir/connect/sqlite/query.hpp>
#include <weir/connect/sqlite/statement.hpp>
