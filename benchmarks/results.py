# SPDX-License-Identifier: BSL-1.0
"""What benchmarks/run --json wrote, for table and plot."""
import json
import re
import sys


class Results:
    """The figures of one or several files of one compiler; a later file's programs take the place of an earlier one's."""

    def __init__(self, paths):
        self.about, self.programs = {}, {}
        for path in paths:
            with open(path, encoding="utf-8") as file:
                run = json.load(file)
            about = {key: run[key] for key in ("compiler", "flags", "processor", "cores", "date")}
            mine = {key: self.about.get(key) for key in ("compiler", "flags", "processor", "cores")}
            if self.about and mine != {key: about[key] for key in mine}:
                sys.exit(f"{path}: {about} cannot stand beside {self.about}")
            self.about = about
            for program, groups in run["programs"].items():
                self.programs[program] = groups if isinstance(groups, list) else list(by_keys(groups))

    def group(self, program, title):
        """The variants of a group, ns an event by name; None where it was not measured."""
        for group in self.programs.get(program, []):
            if group["group"] == title:
                return {variant["name"]: variant["median_ns"] for variant in group["results"]}
        return None

    def curves(self):
        """(program, curve, axis) -> {variant: [(x, ns)]}: of the groups whose titles end in ', AXIS = NUMBER'."""
        all_curves = {}
        for program, groups in self.programs.items():
            for group in groups:
                point = re.fullmatch(r"(.*), (.*) = (\d+)", group["group"])
                if point is None:
                    continue
                curve = all_curves.setdefault((program, point[1], point[2]), {})
                for variant in group["results"]:
                    curve.setdefault(variant["name"], []).append((int(point[3]), variant["median_ns"]))
        return all_curves


def by_keys(run):
    """Google Benchmark's form, 'VARIANT, keys:N', as groups."""
    groups = {}
    for row in run["benchmarks"]:
        if row.get("aggregate_name", "median") != "median":
            continue
        variant, keys = row["run_name"].split("/")[0].rsplit(", keys:", 1)
        groups.setdefault(keys, []).append({"name": variant, "median_ns": row["ns/event"]})
    for keys, results in groups.items():
        yield {"group": f"{keys} keys", "results": results}
