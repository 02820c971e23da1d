// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/postgres/connection.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/fixed_point.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::postgres {

/// What a row that breaks a unique rule of the table does. The other rules (not null, check, foreign key) always fail.
///     fail    the batch is refused
///     skip    the row is left out, the table keeps what it has
///     update  the row with its primary key gets the new row's fields; of several in one batch the last
enum class OnConflict : unsigned char { fail, skip, update };

namespace detail {

template <typename Tuple>
inline constexpr bool all_storable = false;
template <typename... Ts>
inline constexpr bool all_storable<std::tuple<Ts...>> = (Storable<Ts> && ...);

/// A row type whose fields all have a column type.
template <typename Row>
concept StorableRow = HasFields<Row> && all_storable<field_types_t<Row>>;

template <typename Row>
std::string column_list(std::string_view before = {}) {
    std::string names;
    for (const std::string_view name : field_names<Row>) names += (names.empty() ? "" : ", ") + std::string(before) + quoted(name);
    return names;
}

template <typename Row>
std::string create_sql(std::string_view table) {
    std::string columns;
    for_each_field_type<Row>([&]<typename T>(std::string_view name, std::type_identity<T>) {
        columns += fmt::format("{}{} {}{}", columns.empty() ? "" : ", ", quoted(name), Column<T>::declared, weir::detail::is_optional<T> ? "" : " not null");
    });
    return fmt::format("create table if not exists {} ({})", quoted_table(table), columns);
}

/// Creates the table and that of the epochs where they are missing: one of several that begin at once.
template <typename Row>
void create_tables(Connection& connection, std::string_view table) {
    const auto is_there = [&](const std::string& name) { return connection.run("select to_regclass($1)", name).text(0, 0).has_value(); };
    if (is_there(quoted_table(table)) && is_there("weir_epochs")) return; // for who may not create any
    connection.execute("begin");
    connection.execute("select pg_advisory_xact_lock(7763749)");
    connection.execute(create_sql<Row>(table)); // is_there may not yet know what another has made meanwhile
    connection.execute("create table if not exists weir_epochs (sink text primary key, epoch bigint not null, position bytea not null)");
    connection.execute("commit");
}

/// Whether a column that is declared with this modifier, as numeric(10, 1) or timestamptz(3) are, rounds values of a T.
template <typename T>
constexpr bool rounds(Type type, int modifier) {
    if constexpr (weir::detail::is_optional<T>) {
        return rounds<typename T::value_type>(type, modifier);
    } else {
        if (modifier < 0) return false;
        if (type == Type::timestamptz) return modifier < 6;
        if (type != Type::numeric) return false;
        int scale = (modifier - 4) & 0x7ff;
        if (scale > 0x3ff) scale -= 0x800;
        if constexpr (weir::detail::FixedPoint<T>) {
            return scale < 0 || (scale < 18 && weir::detail::power_of_ten(static_cast<unsigned>(scale)) < T::units_per_one);
        } else {
            return std::is_floating_point_v<T> || scale < 0;
        }
    }
}

/// Throws unless each field has a column that keeps its values, and each column that needs a value has a field.
template <typename Row>
void check_table(Connection& connection, std::string_view table) {
    const auto refuse = [&](std::string_view field, std::string reason) {
        ErrorInfo info = connection.refusal("insert into " + quoted_table(table), std::move(reason)).info();
        info.field = std::string(field);
        throw Error(std::move(info));
    };
    const Result columns = connection.run("select attname, atttypid, format_type(atttypid, atttypmod), "
                                          "attnotnull and not atthasdef and attidentity = '', atttypmod from pg_attribute "
                                          "where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum",
                                          quoted_table(table));
    std::vector<bool> taken(columns.rows());
    for_each_field_type<Row>([&]<typename T>(std::string_view name, std::type_identity<T>) {
        std::size_t at = 0;
        while (at < columns.rows() && columns.text(at, 0) != name) ++at;
        if (at == columns.rows()) return refuse(name, fmt::format("the table exists and has no column \"{}\"", name));
        unsigned type = 0;
        int modifier = -1;
        weir::detail::parse_number(*columns.text(at, 1), type);
        weir::detail::parse_number(*columns.text(at, 4), modifier);
        if (not Column<T>::keeps(static_cast<Type>(type)) || rounds<T>(static_cast<Type>(type), modifier))
            refuse(name, fmt::format("the table exists and its column \"{}\" is declared {}, which would change the field's values, of type {}", name,
                                     *columns.text(at, 2), Column<T>::declared));
        taken[at] = true;
    });
    for (std::size_t at = 0; at < columns.rows(); ++at)
        if (not taken[at] && columns.text(at, 3) == "t")
            refuse(*columns.text(at, 0), fmt::format("the table exists and its column \"{}\" needs a value (not null, no default), but the row has no such field", *columns.text(at, 0)));
}

/// How rows that were copied into the table weir_copied go on into theirs.
template <typename Row>
std::string insert_copied_sql(Connection& connection, std::string_view table, OnConflict on_conflict) {
    const std::string columns = column_list<Row>();
    if (on_conflict == OnConflict::skip)
        return fmt::format("insert into {} ({}) select {} from weir_copied order by weir_row on conflict do nothing", quoted_table(table), columns, columns);
    const Result key = connection.run("select attname from pg_index, pg_attribute where indrelid = to_regclass($1) and indisprimary "
                                      "and attrelid = indrelid and attnum = any(indkey)",
                                      quoted_table(table));
    std::string keys, updates;
    for (std::size_t i = 0; i < key.rows(); ++i) {
        const std::string_view name = *key.text(i, 0);
        keys += (i == 0 ? "" : ", ") + quoted(name);
        if (std::find(field_names<Row>.begin(), field_names<Row>.end(), name) == field_names<Row>.end())
            throw connection.refusal("insert into " + quoted_table(table), fmt::format("OnConflict::update: the row has no field for the primary key's column \"{}\"", name));
    }
    if (keys.empty()) throw connection.refusal("insert into " + quoted_table(table), "OnConflict::update needs a primary key, and the table has none");
    for (const std::string_view name : field_names<Row>) updates += fmt::format("{}{} = excluded.{}", updates.empty() ? "" : ", ", quoted(name), quoted(name));
    return fmt::format("insert into {} ({}) select distinct on ({}) {} from weir_copied order by {}, weir_row desc on conflict ({}) do update set {}",
                       quoted_table(table), columns, keys, columns, keys, keys, updates);
}

} // namespace detail
} // namespace weir::postgres
