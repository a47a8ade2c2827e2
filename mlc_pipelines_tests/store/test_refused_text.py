"""What Postgres refuses to hold: told before it gets there, and never with what was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from mlc_pipelines.errors import DataError, IncompleteRead
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.results import AssetPartition, CheckResult, ResultStore
from mlc_pipelines.store.snapshots import SnapshotStore
from mlc_pipelines.store.storage import Storage

NOW = datetime(2026, 5, 31, tzinfo=UTC)
KEY = PartitionKey("acme", "accounts", "FY2026-P01")


def test_a_nul_in_a_record_is_told_with_record_and_field(database: Database, tmp_path: Path):
    store = SnapshotStore(database, Storage(str(tmp_path)))
    batch = pa.RecordBatch.from_pydict({"code": ["4010", "4020"], "line": ["1", "2"], "name": ["Sales", "Ren\0t"]})
    with pytest.raises(DataError, match="acme/accounts/FY2026-P01: name of record 4020/2 holds a NUL character"):
        store.write(
            [batch],
            key=KEY,
            schema=batch.schema,
            id_fields=["code", "line"],
            modified=None,
            extracted_at=NOW,
            run_id="run",
        )
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing half done is left"


@pytest.mark.parametrize(
    ("codes", "names", "said"),
    [
        (["4010", "", "4030"], ["a", "b", "c"], "the record behind 4010 has no code"),
        (["4010", None, "4030"], ["a", "b", "c"], "the record behind 4010 has no code"),
        ([None, "4020", "4030"], ["a", "b", "c"], "a record has no code"),
        (["4010", "4020", "4030"], ["a", "b", None], "record 4030 has no name"),
    ],
)
def test_a_gap_where_every_record_has_something(
    database: Database, tmp_path: Path, codes: list[str], names: list[str], said: str
):
    schema = pa.schema([("code", pa.string()), pa.field("name", pa.string(), nullable=False)])
    batch = pa.RecordBatch.from_arrays([pa.array(codes), pa.array(names)], schema=schema)
    about = {"schema": schema, "id_fields": ["code"], "modified": None, "extracted_at": NOW, "run_id": "run"}
    with pytest.raises(IncompleteRead, match=f"acme/accounts/FY2026-P01: {said}, which every record must have"):
        SnapshotStore(database, Storage(str(tmp_path))).write([batch], key=KEY, **about)


def test_texts_that_lack_a_character_are_counted_with_their_records(database: Database, tmp_path: Path):
    store = SnapshotStore(database, Storage(str(tmp_path)))
    batch = pa.RecordBatch.from_pydict(
        {
            "code": ["4010", "4020", "4030"],
            "line": ["1", "2", "3"],
            "name": ["Sales \ufffd", None, "\ufffd\ufffd"],
            "memo": ["", "dinner \ufffd", "\ufffd"],
        }
    )
    about = {
        "schema": batch.schema,
        "id_fields": ["code", "line"],
        "modified": None,
        "extracted_at": NOW,
        "run_id": "run",
    }
    written = store.write([batch, batch.slice(1, 1)], key=KEY, **about)
    assert written.repaired.texts == 5
    assert written.repaired.first == ["name of record 4010/1", "name of record 4030/3", "memo of record 4020/2"]
    assert store.write([batch.slice(0, 0)], key=replace(KEY, period="FY2026-P02"), **about).repaired.texts == 0


def test_what_people_are_told_is_stored_whatever_is_in_it(database: Database):
    partition = AssetPartition("acme", "netsuite/accounts", "FY2026-P01")
    detail = {"list": ["a\0", "\\u0000", "\ud800", "😀"], "x\0": 1}
    check = CheckResult("rows_accepted", passed=False, message="code 4\0", detail=detail)
    store = ResultStore(database)
    store.store(partition, ok=False, figures={"model": "M\0"}, checks=[check], error="E", run_id="run", at=NOW)
    (asset,), (stored,) = store.assets(), store.checks()
    assert asset["figures"] == {"model": "M<U+0000>"}
    shown = {"list": ["a<U+0000>", "\\u0000", "<U+D800>", "😀"], "x<U+0000>": 1}
    assert stored["detail"] == {"message": "code 4<U+0000>", **shown}


def test_no_error_of_the_database_tells_what_was_written(database: Database):
    for value in ("salary 4711", "4711\0"):
        with pytest.raises(DataError) as refused, database.engine.begin() as connection:
            connection.execute(sqlalchemy.text("SELECT CAST(:amount AS integer)"), {"amount": value})
        assert "The database refused a value" in str(refused.value)
        assert not {"4711", "SELECT"} & set(str(refused.value).split())
    with pytest.raises(SQLAlchemyError) as refused, database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("SELECT wrong WHERE :amount = 'x'"), {"amount": "salary 4711"})
    assert "4711" not in str(refused.value)
