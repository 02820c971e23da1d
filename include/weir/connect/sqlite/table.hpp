// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/sqlite/statement.hpp>
#include <weir/core/fields.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <optional>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::sqlite {

/// What a row that breaks a unique rule of the table does. The other rules (not null, check, foreign key) always fail.
///     fail    the batch is refused
///     skip    the row is left out, the table keeps what it has
///     update  the row that is there gets the new row's fields
///     add     the new row's numbers are added to those of the row that is there, but for the fields of the primary key, which it needs; a null
///             adds nothing. Sums and counts of what comes in parts are so the same as of all at once
enum class OnConflict : unsigned char { fail, skip, update, add };

namespace detail {

template <typename Tuple>
inline constexpr bool all_storable = false;
template <typename... Ts>
inline constexpr bool all_storable<std::tuple<Ts...>> = (Storable<Ts> && ...);

/// A row type whose fields all have a column type.
template <typename Row>
concept StorableRow = HasFields<Row> && all_storable<field_types_t<Row>>;

struct ColumnInfo {
    std::string name;
    std::string type;
    bool required = false; ///< not null, without a default
};

inline std::vector<ColumnInfo> columns_of(Database& database, std::string_view table) {
    Statement info(database, "select name, type, \"notnull\" and dflt_value is null and not (pk and lower(type) = 'integer') "
                             "from pragma_table_info(?)");
    info.bind_all(table);
    std::vector<ColumnInfo> columns;
    while (info.step()) columns.push_back({info.column<std::string>(0), info.column<std::string>(1), info.column<bool>(2)});
    return columns;
}

/// What SQLite makes of values stored in a column declared so: section 3.1 of sqlite.org/datatype3.html.
inline std::string_view affinity(std::string type) {
    for (char& c : type) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
    if (has("INT")) return "integer";
    if (has("CHAR") || has("CLOB") || has("TEXT")) return "text";
    if (has("BLOB") || type.empty()) return "blob";
    if (has("REAL") || has("FLOA") || has("DOUB")) return "real";
    return "numeric";
}

/// Whether a value of a field comes back from such a column as it was.
inline bool keeps(std::string_view column_affinity, std::string_view field) {
    if (column_affinity == "blob" || field == "blob") return true;
    if (field == "integer") return column_affinity == "integer" || column_affinity == "numeric";
    if (field == "real") return column_affinity != "text";
    return column_affinity == field;
}

/// key: the fields that are the primary key of a table that is created.
template <typename Row>
std::string create_sql(std::string_view table, const std::vector<std::string>& key) {
    std::string columns;
    for_each_field_type<Row>([&]<typename T>(std::string_view name, std::type_identity<T>) {
        columns += fmt::format("{}{} {}{}", columns.empty() ? "" : ", ", quoted(name), Column<T>::declared,
                               is_nullable<T> ? "" : " not null");
    });
    for (const std::string& field : key) columns += (&field == key.data() ? ", primary key (" : ", ") + detail::quoted(field); // not std::quoted, where somebody includes that
    return fmt::format("create table if not exists {} ({}{})", quoted(table), columns, key.empty() ? "" : ")");
}

/// key: the table's primary key.
template <typename Row>
std::string insert_sql(std::string_view table, OnConflict on_conflict, const std::vector<std::string>& key) {
    std::string names, places, updates, keys;
    for (const std::string& name : key) keys += (keys.empty() ? "" : ", ") + detail::quoted(name);
    const auto is_key = [&key](std::string_view field) { return std::any_of(key.begin(), key.end(), [field](const std::string& name) { return same_name(name.c_str(), field); }); };
    for (const std::string_view name : field_names<Row>) {
        const char* comma = names.empty() ? "" : ", ";
        names += comma + quoted(name);
        places += fmt::format("{}?", comma);
        if (on_conflict != OnConflict::add) updates += fmt::format("{}{} = excluded.{}", comma, quoted(name), quoted(name));
        else if (not is_key(name)) updates += fmt::format("{}{} = coalesce({} + excluded.{}, {}, excluded.{})", updates.empty() ? "" : ", ", quoted(name), quoted(name), quoted(name), quoted(name), quoted(name));
    }
    std::string sql = fmt::format("insert into {} ({}) values ({})", quoted(table), names, places);
    if (on_conflict == OnConflict::skip) sql += " on conflict do nothing";
    if (on_conflict == OnConflict::update) sql += " on conflict do update set " + updates;
    if (on_conflict == OnConflict::add) sql += fmt::format(" on conflict ({}) do {}", keys, updates.empty() ? "nothing" : "update set " + updates);
    return sql;
}

/// The columns of a table's primary key, in its order.
inline std::vector<std::string> key_of(Database& database, std::string_view table) {
    Statement info(database, "select name from pragma_table_info(?) where pk > 0 order by pk");
    info.bind_all(table);
    std::vector<std::string> names;
    while (info.step()) names.push_back(info.column<std::string>(0));
    return names;
}

template <typename T>
inline constexpr bool is_addable = std::is_arithmetic_v<T> && not std::is_same_v<T, bool>;
template <typename Rep, typename Period>
inline constexpr bool is_addable<std::chrono::duration<Rep, Period>> = true;
template <typename T>
inline constexpr bool is_addable<std::optional<T>> = is_addable<T>;

/// Throws unless the rows can be added: there is a primary key, of fields that are never null, and all else are numbers.
///     named: the key as the user has it, if they said so
template <typename Row>
void check_numbers(Database& database, std::string_view table, const std::vector<std::string>& key, const std::vector<std::string>& named) {
    const auto refuse = [&](std::string_view field, std::string reason) {
        throw Error({.operation = "insert into " + quoted(table), .reason = std::move(reason), .code = SQLITE_MISMATCH, .database = database.file(), .field = std::string(field)});
    };
    if (key.empty()) refuse({}, "OnConflict::add needs a primary key, and the table has none. Name its fields in InsertOptions::key before the table is created");
    const auto has = [](const std::vector<std::string>& names, std::string_view field) {
        return std::any_of(names.begin(), names.end(), [field](const std::string& name) { return same_name(name.c_str(), field); });
    };
    std::size_t found = 0;
    for_each_field_type<Row>([&]<typename T>(std::string_view name, std::type_identity<T>) {
        if (has(key, name)) {
            ++found;
            if (is_nullable<T>) refuse(name, "OnConflict::add: a null is never equal to another, so a field of the primary key must not be optional");
        } else if (not is_addable<T>) {
            refuse(name, fmt::format("OnConflict::add adds numbers, and this field, of type {}, is none: it must be part of the primary key, or go", Column<T>::declared));
        }
    });
    if (found != key.size()) refuse({}, "OnConflict::add: a column of the table's primary key is no field of the row");
    for (const std::string& field : named)
        if (not has(key, field)) refuse(field, "InsertOptions::key names a field that is not part of the table's primary key");
    if (not named.empty() && named.size() != key.size()) refuse({}, "InsertOptions::key names other fields than the table's primary key has");
}

/// Throws unless each field has a column that keeps its values, and each column that needs a value has a field.
template <typename Row>
void check_table(Database& database, std::string_view table) {
    const auto columns = columns_of(database, table);
    const auto refuse = [&](std::string_view column, std::string reason) {
        throw Error({.operation = "insert into " + quoted(table),
                     .reason = std::move(reason),
                     .code = SQLITE_MISMATCH,
                     .database = database.file(),
                     .field = std::string(column)});
    };
    for_each_field_type<Row>([&]<typename T>(std::string_view name, std::type_identity<T>) {
        const ColumnInfo* found = nullptr;
        for (const auto& column : columns)
            if (same_name(column.name.c_str(), name)) found = &column;
        if (found == nullptr) refuse(name, fmt::format("the table exists and has no column \"{}\"", name));
        else if (not keeps(affinity(found->type), Column<T>::declared))
            refuse(name, fmt::format("the table exists and its column \"{}\" is declared {}, which would change the field's values, "
                                     "of type {}",
                                     found->name, found->type, Column<T>::declared));
    });
    for (const auto& column : columns) {
        bool is_field = false;
        for (const std::string_view name : field_names<Row>) is_field = is_field || same_name(column.name.c_str(), name);
        if (column.required && not is_field)
            refuse(column.name, fmt::format("the table exists and its column \"{}\" needs a value (not null, no default), but the row "
                                            "has no such field",
                                            column.name));
    }
}

} // namespace detail
} // namespace weir::sqlite
