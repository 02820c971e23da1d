# SPDX-License-Identifier: BSL-1.0
# compare.py <stored> <job> <file> <rounds>: the table. compare.py <duckdb|polars> <job> <file> <threads>: runs the job there, prints its
# lines, and to standard error the seconds without Python's start.
import importlib.util
import os
import statistics
import subprocess
import sys
import time

AWK = {
    "stations": """BEGIN { FS = ";" } { t = $2 + 0; s[$1] += t; if (!n[$1]++) { l[$1] = m[$1] = t } else if (t < l[$1]) l[$1] = t; else if (t > m[$1]) m[$1] = t }
        END { for (k in n) printf "%s;%.1f;%.2f;%.1f\\n", k, l[k], s[k] / n[k], m[k] }""",
    "flights": """BEGIN { FS = "," } NR > 1 && $5 == "false" { k = $1 ";" $2; n[k]++; s[k] += $4 } END { for (k in n) printf "%s;%d;%.0f\\n", k, n[k], s[k] }""",
}


def duckdb_rows(job, file, threads):
    import duckdb

    db = duckdb.connect(config={"threads": threads})
    if job == "stations":
        table = f"read_csv('{file}', delim = ';', header = false, columns = {{'station': 'VARCHAR', 'temperature': 'DOUBLE'}})"
        return db.sql(f"select station, min(temperature), avg(temperature), max(temperature) from {table} group by station order by station").fetchall()
    columns = "{'carrier': 'VARCHAR', 'from': 'VARCHAR', 'to': 'VARCHAR', 'delay': 'DOUBLE', 'cancelled': 'BOOLEAN'}"
    table = f"read_csv('{file}', header = true, columns = {columns})"
    return db.sql(f'select carrier, "from", count(*), sum(delay) from {table} where not cancelled group by all order by all').fetchall()


def polars_rows(job, file, _):
    import polars as pl

    if job == "stations":
        rows = pl.scan_csv(file, separator=";", has_header=False, schema={"station": pl.String, "temperature": pl.Float64})
        t = pl.col("temperature")
        return rows.group_by("station").agg(t.min().alias("l"), t.mean().alias("a"), t.max().alias("m")).sort("station").collect(engine="streaming").rows()
    schema = {"carrier": pl.String, "from": pl.String, "to": pl.String, "delay": pl.Float64, "cancelled": pl.Boolean}
    rows = pl.scan_csv(file, schema=schema).filter(~pl.col("cancelled"))
    return rows.group_by("carrier", "from").agg(pl.len(), pl.col("delay").sum()).sort("carrier", "from").collect(engine="streaming").rows()


def peer(name, job, file, threads):
    importlib.import_module(name)
    begin = time.perf_counter()
    rows = {"duckdb": duckdb_rows, "polars": polars_rows}[name](job, file, int(threads))
    print(time.perf_counter() - begin, file=sys.stderr)
    form = "{};{:.1f};{:.2f};{:.1f}" if job == "stations" else "{};{};{};{:.0f}"
    for row in rows:
        print(form.format(*row))


def run(command, threads):
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "POLARS_MAX_THREADS": str(threads), "LC_ALL": "C"})
    wall = time.perf_counter() - begin
    return float(done.stderr.split()[-1]) if command[0] == sys.executable else wall, sorted(done.stdout.splitlines())


def same(ours, theirs):
    def near(a, b):
        try:
            return a == b or abs(float(a) - float(b)) <= 0.011
        except ValueError:
            return a == b

    return len(ours) == len(theirs) and all(
        len(a.split(";")) == len(b.split(";")) and all(map(near, a.split(";"), b.split(";"))) for a, b in zip(ours, theirs)
    )


def table(stored, job, file, rounds):
    for threads in (1, 2):
        programs = {"weir": [stored, job, file, str(threads)]}
        for name in ("duckdb", "polars"):
            if importlib.util.find_spec(name):
                programs[name] = [sys.executable, __file__, name, job, file, str(threads)]
        if threads == 1:
            programs["mawk"] = ["mawk", AWK[job], file]
        times = {name: [] for name in programs}
        agrees = {}
        for _ in range(rounds + 1):  # the first one warms up
            for name, command in programs.items():
                seconds, lines = run(command, threads)
                if name == "weir":
                    ours = lines
                agrees[name] = agrees.get(name, True) and same(ours, lines)
                times[name].append(seconds)
        for name, all_times in times.items():
            ratio = statistics.median(t / w for t, w in zip(all_times[1:], times["weir"][1:]))
            print(f"{job:9} {threads} core{'s' if threads > 1 else ' '}  {name:7} {statistics.median(all_times[1:]):7.2f} s  {ratio:5.2f}x  {'same' if agrees[name] else 'OTHER RESULT'}", flush=True)


if sys.argv[1] in ("duckdb", "polars"):
    peer(*sys.argv[1:5])
else:
    table(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
