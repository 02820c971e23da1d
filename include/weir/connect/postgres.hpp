// SPDX-License-Identifier: BSL-1.0
// Component postgres: a PostgreSQL server as sink and as source. Needs libpq, and a server of version 10 or later.
#pragma once
#include <weir/connect/postgres/column.hpp>
#include <weir/connect/postgres/connection.hpp>
#include <weir/connect/postgres/error.hpp>
#include <weir/connect/postgres/insert_into.hpp>
#include <weir/connect/postgres/inserter.hpp>
#include <weir/connect/postgres/query.hpp>
