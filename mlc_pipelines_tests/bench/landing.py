"""Landing a period of the ledger from NetSuite, against a floor: the same pages, parsed and written, nothing else."""

from __future__ import annotations

import uuid
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.table import Table

from mlc_pipelines_tests.bench import ground
from mlc_pipelines_tests.bench.canned import canned_server
from mlc_pipelines_tests.bench.measure import Measured, Stopwatch, best, measure, measure_in_turn, middle
from mlc_pipelines_tests.bench.netsuite_pages import BOOK, PERIOD_ID, NetSuitePages
from mlc_pipelines_tests.bench.report import add_measurements, add_note, measurements_table

IN_FLIGHT = 4
PAGE = 1000


def run(folder: Path, *, quick: bool) -> list[Table]:
    """At no delay and at 50 ms a page."""
    rows, repetitions = (30_000, 2) if quick else (300_000, 5)
    table = measurements_table(f"Landing {rows:,} rows of gl_activity, {IN_FLIGHT} requests in flight", "rows")
    with canned_server(NetSuitePages, rows=rows) as server, ground.database() as database:
        for wait in (0.0, 0.05):
            server.set_wait(wait)

            def case(function: Any, **given: Any) -> Measured:
                server.take_requests()
                measured = measure(function, url=server.url, rows=rows, folder=str(folder / "storage"), **given)
                return Measured(**{**vars(measured), "figures": {"requests": server.take_requests()}})

            found = measure_in_turn(
                repetitions,
                {"land": partial(case, land, database=database), "floor": partial(case, floor)},
            )
            for name, measured in found.items():
                add_measurements(table, f"{name}, {wait * 1000:.0f} ms a page", measured, rows)
            share = middle(found["floor"]) / middle(found["land"])
            best_share = best(found["floor"]) / best(found["land"])
            told = f"{share:.0%} of the floor's rows per second (best runs: {best_share:.0%})"
            add_note(table, f"{wait * 1000:.0f} ms a page: {told}")
    return [table]


def land(stopwatch: Stopwatch, *, url: str, rows: int, folder: str, database: str) -> None:
    """The product: HTTP, parsing, checks, Parquet with provenance, content hash, control totals, commit."""
    import_module("pandas")  # Arrow does so when it first converts a Python value, and imports don't count
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from mlc_pipelines.clock import SYSTEM_CLOCK
    from mlc_pipelines.erp.base import SourceContext
    from mlc_pipelines.erp.netsuite import ERP
    from mlc_pipelines.fiscal import Period
    from mlc_pipelines.flows.landing.land import land as land_entity
    from mlc_pipelines.store.db import Database
    from mlc_pipelines.store.snapshots import SnapshotStore
    from mlc_pipelines.store.storage import Storage

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    connection = ERP.connection.model_validate(
        {
            "account_id": "1234567",
            "base_url": url,
            "client_id": "client",
            "certificate_id": "certificate",
            "private_key": {"secret": "key"},
            "max_concurrent_requests": IN_FLIGHT,
        }
    )
    opened = Database(database)
    store = SnapshotStore(opened, Storage(folder))
    tenant = f"bench-{uuid.uuid4().hex}"  # its token is kept nowhere yet
    context = SourceContext(tenant, lambda _: pem, opened, ground.tokens(opened), SYSTEM_CLOCK)
    period = Period("FY2026-P03", 2026, 3, date(2026, 3, 1), date(2026, 3, 31))
    source = ERP.open(connection, context)
    with stopwatch():
        landed = land_entity(
            store,
            source,
            ERP.entities["gl_activity"],
            period,
            tenant=tenant,
            run_id=uuid.uuid4().hex,
            clock=SYSTEM_CLOCK,
        )
    source.close()
    assert landed.snapshot.rows == rows
    store.storage.remove(landed.snapshot.path)


def floor(stopwatch: Stopwatch, *, url: str, rows: int, folder: str) -> None:
    """The same pages by bare httpx, each parsed by Arrow's reader with the same schema, written to Parquet."""
    import httpx
    import pyarrow as pa
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    from mlc_pipelines.erp.netsuite import ERP
    from mlc_pipelines.erp.netsuite.suiteql import PATH

    schema = ERP.entities["gl_activity"].schema
    # JSON has the numbers as text, which the reader takes for decimals; dates it knows as moments only.
    wire = pa.struct([pa.field(f"f_{field.name}", _wire(field.type)) for field in schema])
    options = pj.ParseOptions(
        explicit_schema=pa.schema([("items", pa.list_(wire))]),
        newlines_in_values=True,
        unexpected_field_behavior="ignore",
    )
    query = {"q": "SELECT t.id AS f_transaction_id", "params": [PERIOD_ID, BOOK]}
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / "floor.parquet"

    def page(offset: int) -> pa.RecordBatch:
        body = client.post(f"{url}{PATH}", params={"limit": PAGE, "offset": offset}, json=query).content
        read = pj.ReadOptions(block_size=len(body) + 1, use_threads=False)
        items = pj.read_json(pa.BufferReader(body), read_options=read, parse_options=options)["items"]
        columns = items.chunk(0).values.flatten()
        return pa.RecordBatch.from_arrays(
            [column.cast(kind) for column, kind in zip(columns, schema.types, strict=False)], schema=schema
        )

    written = 0
    with (
        httpx.Client() as client,
        ThreadPoolExecutor(IN_FLIGHT) as pool,
        stopwatch(),
        pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer,
    ):
        flying: deque[Future[pa.RecordBatch]] = deque()
        offsets = iter(range(0, rows, PAGE))
        gathered: list[pa.RecordBatch] = []
        while True:
            while len(flying) < 2 * IN_FLIGHT and (offset := next(offsets, None)) is not None:
                flying.append(pool.submit(page, offset))
            if flying:
                gathered.append(flying.popleft().result())
            if not flying or len(gathered) == 65:
                written += sum(batch.num_rows for batch in gathered)
                writer.write_table(pa.Table.from_batches(gathered, schema))
                gathered = []
            if not flying:
                break
    assert written == rows
    path.unlink()


def _wire(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_integer(kind):
        return pa.decimal128(38, 0)
    return pa.timestamp("s") if pa.types.is_date(kind) else kind
