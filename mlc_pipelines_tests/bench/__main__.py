"""`python -m mlc_pipelines_tests.bench [NAME ...] [--quick]`: runs benchmarks, prints tables."""

from __future__ import annotations

import argparse
import tempfile
from importlib import import_module
from pathlib import Path

from mlc_pipelines_tests.bench.measure import say
from mlc_pipelines_tests.bench.report import print_tables
from mlc_pipelines_tests.clock import begin_at_now

BENCHMARKS = ("landing", "erps", "upload", "whole", "startup")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)}; all when none")
    parser.add_argument("--quick", action="store_true", help="small and few: to try whether it runs")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    begin_at_now()
    tables = []
    for name in given.names or BENCHMARKS:
        say(name)
        with tempfile.TemporaryDirectory(prefix=f"mlc-bench-{name}-") as folder:
            tables += import_module(f"mlc_pipelines_tests.bench.{name}").run(Path(folder), quick=given.quick)
    print_tables(tables)


if __name__ == "__main__":
    main()
