"""Uploading a CSV file to Anaplan, against a floor: the same chunks compressed as hard and put, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from mlc_pipelines_tests.bench import ground
from mlc_pipelines_tests.bench.anaplan_sink import AnaplanSink
from mlc_pipelines_tests.bench.canned import canned_server
from mlc_pipelines_tests.bench.measure import Measured, Stopwatch, best, measure, measure_in_turn, middle, say
from mlc_pipelines_tests.bench.report import add_measurements, add_note, measurements_table

IN_FLIGHT, CHUNK, LEVEL = 4, 10_000_000, 1
FILE = "113000000001"


def run(folder: Path, *, quick: bool) -> list[Table]:
    """A file of 200 MB several times; one of 1 GB, whose memory must be that of the small one."""
    table = measurements_table(f"Upload of a CSV file, gzip level {LEVEL}, {IN_FLIGHT} chunks in flight", "MB")
    sizes = [(20, 2)] if quick else [(200, 5), (1000, 3)]
    with canned_server(AnaplanSink) as server, ground.database() as database:

        def case(function: Any, path: Path, **given: Any) -> Measured:
            server.take_requests()
            measured = measure(function, url=server.url, path=str(path), **given)
            return Measured(**{**vars(measured), "figures": {"requests": server.take_requests()}})

        for megabytes, repetitions in sizes:
            path = folder / f"{megabytes}.csv"
            write_csv(path, megabytes * 1_000_000)
            found = measure_in_turn(
                repetitions, {"upload": partial(case, upload, path), "floor": partial(case, floor, path)}
            )
            for name, measured in found.items():
                add_measurements(table, f"{name}, {megabytes} MB", measured, megabytes)
            ratio = middle(found["upload"]) / middle(found["floor"])
            best_ratio = best(found["upload"]) / best(found["floor"])
            add_note(table, f"{megabytes} MB: {ratio:.2f} times the floor's seconds (best runs: {best_ratio:.2f})")
        say("  with the request budget")
        budgeted = case(upload, folder / f"{sizes[0][0]}.csv", database=database)
        add_measurements(table, f"upload at 300 requests/min, {sizes[0][0]} MB", [budgeted], sizes[0][0])
    return [table]


def upload(stopwatch: Stopwatch, *, url: str, path: str, database: str | None = None) -> None:
    """The product: rows cut into chunks, compressed and put side by side.

    With a database also log-in and the budget of 300 requests a minute, which is Anaplan's limit and not ours.
    """
    from mlc_pipelines.anaplan.api import ModelApi
    from mlc_pipelines.anaplan.connect import open_hosts
    from mlc_pipelines.anaplan.files import Upload
    from mlc_pipelines.anaplan.files import upload as upload_file
    from mlc_pipelines.anaplan.rules import PATIENT, RULES, describe
    from mlc_pipelines.clock import SYSTEM_CLOCK
    from mlc_pipelines.config import AnaplanConnection
    from mlc_pipelines.http import HttpClient
    from mlc_pipelines.store.db import Database

    if database:
        connection = AnaplanConnection.model_validate(
            {
                "api_url": url,
                "auth_url": url,
                "app_url": url,
                "workspace_id": "a" * 32,
                "model_id": "A" * 32,
                "auth": {"method": "basic", "user": "robot", "password": {"secret": "password"}},
            }
        )
        opened = Database(database)
        api = open_hosts(
            connection,
            tenant="bench",
            secret=lambda name: name,
            database=opened,
            tokens=ground.tokens(opened),
            clock=SYSTEM_CLOCK,
        ).api
    else:
        http = HttpClient(url, rules=RULES, describe=describe, retry=PATIENT)
        api = ModelApi(http, workspace_id="a" * 32, model_id="A" * 32, clock=SYSTEM_CLOCK)
    with stopwatch():
        upload_file(api, FILE, _blocks(path, 1_000_000), how=Upload(CHUNK, LEVEL, IN_FLIGHT))


def floor(stopwatch: Stopwatch, *, url: str, path: str) -> None:
    """Blocks as large as chunks, compressed by ISA-L and put by bare httpx."""
    import httpx
    from isal import igzip

    def put(number: int, chunk: bytes) -> None:
        content = igzip.compress(chunk, compresslevel=LEVEL)
        client.put(f"{url}/files/{FILE}/chunks/{number}", content=content).raise_for_status()

    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(IN_FLIGHT) as pool, stopwatch():
        flying: set[Future[None]] = set()
        for number, chunk in enumerate(_blocks(path, CHUNK)):
            if len(flying) == IN_FLIGHT:
                done, flying = wait(flying, return_when=FIRST_COMPLETED)
                for each in done:
                    each.result()
            flying.add(pool.submit(put, number, chunk))
            del chunk
        for each in flying:
            each.result()


def _blocks(path: str, size: int) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        while block := file.read(size):
            yield block


def write_csv(path: Path, size: int) -> None:
    """Rows as a load of the ledger has them; the same 20 MB again and again, which no compressor's window spans."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute
    import pyarrow.csv

    compute: Any = pyarrow.compute  # its kernels are made at run time, unknown to type checkers
    rows = 300_000
    rng = np.random.default_rng(7)
    accounts, departments = (pa.array([f"{n:04d}" for n in range(start, start + 300)]) for start in (4000, 100))
    cents = pa.array(rng.integers(-9_000_000, 9_000_000, size=rows) / 100).cast(pa.string())
    numbers = pa.array(np.arange(rows)).cast(pa.string())
    table = pa.table(
        {
            "Account": accounts.take(pa.array(rng.integers(0, 300, size=rows))),
            "Department": departments.take(pa.array(rng.integers(0, 300, size=rows))),
            "Entity": pa.array(["NW-US", "NW-UK", "NW-DE"]).take(pa.array(rng.integers(0, 3, size=rows))),
            "Period": pa.repeat("Mar 26", rows),
            "Version": pa.repeat("Actual", rows),
            "Memo": compute.binary_join_element_wise("Invoice ", numbers, ', "due"', ""),
            "Amount": cents,
        }
    )
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink, pyarrow.csv.WriteOptions(include_header=False))
    content = sink.getvalue().to_pybytes()
    with path.open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        while file.tell() < size:
            file.write(content[: size - file.tell()])
