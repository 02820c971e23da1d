# SPDX-License-Identifier: BSL-1.0
# arrow.py <library>: pyarrow, and DuckDB and Polars where they are, read what arrow.cpp exports, and it reads what they export.
import ctypes
import datetime
import gc
import random
import sys

import pyarrow as pa

library = ctypes.CDLL(sys.argv[1])


class CStream:
    """Room for an ArrowArrayStream."""

    def __init__(self):
        self.memory = ctypes.create_string_buffer(5 * 8)
        self.at = ctypes.addressof(self.memory)

    def reader(self):
        return pa.RecordBatchReader._import_from_c(self.at)


def rows_out(n, rows_per_batch=1000):
    out = CStream()
    library.rows_out(ctypes.c_void_p(out.at), ctypes.c_int64(n), ctypes.c_int64(rows_per_batch))
    return out.reader()


def through(function, reader):
    source, out = CStream(), CStream()
    reader._export_to_c(source.at)
    function(ctypes.c_void_p(source.at), ctypes.c_void_p(out.at))
    return out.reader()


utc = "UTC"
place = pa.struct([pa.field("name", pa.string(), nullable=False), pa.field("height", pa.float64())])
types = {
    "yes": pa.bool_(), "i8": pa.int8(), "u8": pa.uint8(), "i16": pa.int16(), "u16": pa.uint16(), "i32": pa.int32(), "u32": pa.uint32(),
    "i64": pa.int64(), "u64": pa.uint64(), "f": pa.float32(), "d": pa.float64(), "text": pa.string(), "bytes": pa.binary(),
    "colour": pa.uint8(), "ns": pa.timestamp("ns", utc), "us": pa.timestamp("us", utc), "ms": pa.timestamp("ms", utc),
    "s": pa.timestamp("s", utc), "date": pa.date32(), "length": pa.duration("us"), "place": place,
}
schema = pa.schema([pa.field("number", pa.int64(), nullable=False)] + [pa.field(name, type) for name, type in types.items()])
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def row_of(n):
    week = datetime.timedelta(days=7 * n)
    values = {
        "yes": n % 2 == 0, "i8": n % 128 - 64, "u8": n % 256, "i16": n % 128 - 32768, "u16": 65535 - n % 128, "i32": n - 2**31,
        "u32": 2**32 - 1 - n, "i64": -(2**63) + 1 + n, "u64": 2**64 - 1 - n, "f": n / 4, "d": n / 8, "text": "row \u00fc " + "x" * (n % 20),
        "bytes": bytes([n % 256]) * (n % 4), "colour": 0 if n % 2 == 0 else 200, "ns": epoch + week, "us": epoch + week, "ms": epoch + week,
        "s": epoch + week, "date": (epoch + datetime.timedelta(days=n - 50)).date(), "length": datetime.timedelta(microseconds=n - 50),
        "place": {"name": f"place {n}", "height": float(n) if n % 2 == 0 else None},
    }
    return {"number": n} | {name: None if n % (3 + (i + 1) % 3) == 0 else value for i, (name, value) in enumerate(values.items())}


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def pyarrow_reads_every_type():
    for n, rows_per_batch in ((0, 10), (1, 10), (100, 7), (1000, 1000), (1000, 64)):
        table = rows_out(n, rows_per_batch).read_all()
        table.validate(full=True)
        check(table.schema.equals(schema), f"the schema is {table.schema}")
        check(table.to_pylist() == [row_of(i) for i in range(n)], f"{n} rows in batches of {rows_per_batch}")


def random_table(n, dice):
    def values(name, type):
        def one():
            if dice.random() < 0.3:
                return None
            if pa.types.is_boolean(type):
                return dice.random() < 0.5
            if pa.types.is_integer(type):
                low, high = (-(2 ** (type.bit_width - 1)), 2 ** (type.bit_width - 1) - 1) if pa.types.is_signed_integer(type) else (0, 2**type.bit_width - 1)
                return dice.choice((low, high, dice.randint(low, high)))
            if pa.types.is_floating(type):
                return dice.choice((0.0, -1.5, float("inf"), dice.randint(0, 1000) / 8))
            if pa.types.is_string(type):
                return "".join(dice.choice("ab\u00fc\U0001f40b\0") for _ in range(dice.randint(0, 20)))
            if pa.types.is_binary(type):
                return dice.randbytes(dice.randint(0, 20))
            if pa.types.is_struct(type):
                return {"name": dice.choice(("", "hill")), "height": dice.choice((None, 1.0))}
            return None if name == "unused" else dice.randint(-100_000, 100_000)

        made = [one() for _ in range(n)]
        return pa.array(made, pa.int32()).cast(type) if pa.types.is_date32(type) else pa.array(made, type)

    return pa.table([pa.array(range(n), pa.int64())] + [values(name, type) for name, type in types.items()], schema=schema)


def we_read_what_pyarrow_exports():
    dice = random.Random(1)
    for n in (0, 1, 8, 100, 3000):
        table = random_table(n, dice)
        for batch_size in (5, 10_000):
            for begin in (0, 3):
                part = table.slice(begin)
                again = through(library.rows_again, pa.RecordBatchReader.from_batches(schema, part.to_batches(batch_size))).read_all()
                again.validate(full=True)
                check(again.equals(part), f"{n} rows from {begin} in batches of {batch_size}")
                kept = through(library.batches_again, pa.RecordBatchReader.from_batches(schema, part.to_batches(batch_size))).read_all()
                whole = [batch for batch in part.to_batches(batch_size) if batch.num_rows > 2]
                check(kept.equals(pa.Table.from_batches(whole)) if whole else kept.num_rows == 0, "whole batches go through")


def other_forms_mean_the_same():
    table = random_table(300, random.Random(2))
    shuffled = table.select(list(reversed(table.column_names)))
    forms = {
        "text": [pa.large_string(), pa.string_view(), pa.dictionary(pa.int16(), pa.string()), pa.dictionary(pa.uint32(), pa.large_string())],
        "bytes": [pa.large_binary(), pa.binary_view()],
        "ns": [pa.timestamp("ns", "Europe/Berlin"), pa.timestamp("ns")],
        "us": [pa.timestamp("us", "Asia/Tokyo")],
        "s": [pa.timestamp("us", utc), pa.timestamp("ms", utc)],
        "date": [pa.date64(), pa.timestamp("s")],
        "length": [pa.duration("ns")],
        "i8": [pa.int16(), pa.int64(), pa.dictionary(pa.int16(), pa.int8())],
        "u8": [pa.uint16(), pa.uint32(), pa.int32(), pa.uint64()],
        "i32": [pa.int64()],
    }
    for name, others in forms.items():
        for other in others:
            column = table[name].combine_chunks()
            column = column.dictionary_encode().cast(other) if pa.types.is_dictionary(other) else column.cast(other)
            changed = shuffled.set_column(shuffled.schema.get_field_index(name), name, column).append_column("more", pa.nulls(300))
            again = through(library.rows_again, pa.RecordBatchReader.from_batches(changed.schema, changed.slice(2).to_batches(77))).read_all()
            check(again.equals(table.slice(2)), f"{name} as {other}")


def errors_reach_python():
    table = random_table(10, random.Random(3))

    def refusal(table):
        try:
            through(library.rows_again, pa.RecordBatchReader.from_batches(table.schema, table.to_batches())).read_all()
        except Exception as error:
            return str(error)
        return "no error"

    said = refusal(table.drop_columns(["text"]))
    check("column text: there is none of that name, only number, yes" in said, said)
    said = refusal(table.set_column(0, "number", pa.array([1, None] * 5)))
    check("row 2, column number: null, and the field is no std::optional" in said, said)
    said = refusal(table.set_column(2, "i8", pa.array([1, 2, 300] + [0] * 7)))
    check("row 3, column i8: 300 is out of what the field can hold" in said, said)
    said = refusal(table.set_column(12, "text", pa.array([[1]] * 10)))
    check("column text: it is list (+l), and the field needs utf8" in said, said)


def streams_left_early_leak_nothing():
    for _ in range(3):
        reader = rows_out(1000, 10)
        kept = reader.read_next_batch()
        del reader
        check(kept.to_pylist() == [row_of(i) for i in range(10)], "a batch outlives its stream")
    source = pa.RecordBatchReader.from_batches(schema, random_table(1000, random.Random(4)).to_batches(10))
    through(library.rows_again, source).read_next_batch()


def duckdb_reads_and_writes():
    import duckdb

    flights = rows_out(1000)
    found = duckdb.sql("select count(*), count(text), sum(i32), max(us), count(place) from flights").fetchall()[0]
    rows = [row_of(i) for i in range(1000)]
    present = lambda name: [row[name] for row in rows if row[name] is not None]
    check(found[0] == 1000 and found[1] == len(present("text")) and found[2] == sum(present("i32")), f"DuckDB counts {found}")
    check(found[3].timestamp() == max(present("us")).timestamp() and found[4] == len(present("place")), f"DuckDB finds {found}")
    flights = rows_out(1000).read_all()
    result = duckdb.sql("select * from flights order by number")
    export = result.to_arrow_reader(100) if hasattr(result, "to_arrow_reader") else result.fetch_record_batch(100)
    table = export.read_all()
    table = table.set_column(table.schema.get_field_index("length"), "length", flights["length"])  # DuckDB has intervals of months, days and time
    again = through(library.rows_again, pa.RecordBatchReader.from_batches(table.schema, table.to_batches(100))).read_all()
    check(again.equals(flights), "what DuckDB exports")


def polars_reads_and_writes():
    import polars

    table = rows_out(1000).read_all()
    frame = polars.DataFrame(rows_out(1000))
    check(frame.height == 1000 and frame["i32"].to_list() == table["i32"].to_pylist(), "Polars reads it")
    again = through(library.rows_again, pa.RecordBatchReader.from_stream(frame)).read_all()
    check(again.equals(table), "what Polars exports")


before = pa.total_allocated_bytes()
for step in (pyarrow_reads_every_type, we_read_what_pyarrow_exports, other_forms_mean_the_same, errors_reach_python, streams_left_early_leak_nothing):
    step()
    print(f"{step.__name__}: yes")
gc.collect()
check(pa.total_allocated_bytes() == before, f"{pa.total_allocated_bytes() - before} bytes of pyarrow's are not released")
for name, step in (("duckdb", duckdb_reads_and_writes), ("polars", polars_reads_and_writes)):
    try:
        __import__(name)
    except ImportError:
        print(f"skipped: there is no {name}")
        continue
    step()
    print(f"{step.__name__}: yes")
