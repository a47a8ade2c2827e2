"""One bad text does not take the entity; a bad key or amount is named, and what stays wrong is no passing fault."""

from __future__ import annotations

import pytest

from mlc_pipelines.config import Load
from mlc_pipelines.errors import DataError, TransientError, Unavailable
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.mapping import Mapper
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_sandbox.serving import Action, Fault, rewrite, worded

LOST = {
    "half a surrogate pair": b'"Team dinner \\ud83d"',
    "NUL": b'"Team dinner \\u0000"',
    "no UTF-8": b'"Team dinner \xff"',
}


def disturb(bench: Bench, action: Action, path: str = "") -> None:
    bench.driver.sandbox.faults.add(Fault(None, path or bench.driver.rows_path, action, times=10_000))


@pytest.mark.parametrize("wire", LOST.values(), ids=LOST)
def test_a_character_that_is_lost_is_shown_and_counted(shared: Bench, wire: bytes):
    before = shared.rows(shared.driver.ledger)
    disturb(shared, worded(shared.driver.memo_key, wire))
    repaired = shared.land(shared.driver.ledger).repaired
    rows = shared.landed(shared.driver.ledger)
    changed = [row for row in rows.to_pylist() if row["memo"] == "Team dinner \ufffd"]
    assert repaired.texts == len(changed) > 0
    assert repaired.first[0] == f"memo of record {changed[0]['_source_id']}"
    others = before.drop_columns(["memo"])
    assert rows.select(others.column_names).cast(others.schema).equals(others)


def test_what_harms_nobody_is_kept(shared: Bench):
    """A byte order mark, bare control characters and line ends, and keys that nobody reads twice."""
    wire = b'"\xef\xbb\xbftwo\x0blines\x1b\nx", "zz": 1, "zz": 2'
    disturb(shared, worded(shared.driver.memo_key, wire))
    landed = shared.land(shared.driver.ledger)
    assert landed.repaired.texts == 0
    assert "\ufefftwo\x0blines\x1b\nx" in shared.landed(shared.driver.ledger)["memo"].to_pylist()


def test_a_page_with_a_byte_order_mark(shared: Bench):
    before = shared.rows(shared.driver.ledger)
    disturb(shared, rewrite(lambda body: b"\xef\xbb\xbf" + body))
    assert shared.rows(shared.driver.ledger).equals(before)


@pytest.mark.parametrize("wire", LOST.values(), ids=LOST)
def test_a_key_with_a_character_that_is_lost_is_named(shared: Bench, wire: bytes):
    if shared.driver.coded is None:
        pytest.skip("all keys are numbers")
    entity, key, path = shared.driver.coded
    disturb(shared, worded(key, wire.replace(b"Team dinner ", b"4")), path)
    with pytest.raises(DataError, match=r"'4\ufffd'.* is a key .*in record \d+ of the page") as raised:
        shared.rows(entity)
    assert not isinstance(raised.value, TransientError)


@pytest.mark.parametrize("wire", [b"1e400", b"9" * 400, b"0.1234567", b'"1_000"', b'"4\\ud83d"'])
def test_an_amount_that_is_not_exact_is_named_with_its_record(shared: Bench, wire: bytes):
    driver = shared.driver
    disturb(shared, worded(driver.debit_key, wire))
    with pytest.raises(DataError, match=rf"(debit|{driver.debit_key}): .*in record ") as raised:
        shared.rows(driver.ledger)
    assert "9" * 100 not in str(raised.value)


@pytest.mark.parametrize("wire", [b'""', b'"  "', b"null"])
def test_a_record_without_its_key_is_refused(shared: Bench, wire: bytes):
    if shared.driver.coded is None:
        pytest.skip("all keys are numbers")
    entity, key, path = shared.driver.coded
    disturb(shared, worded(key, wire), path)
    with pytest.raises(DataError, match=r"(the|a) record (behind \S+ )?has no "):
        shared.land(entity)


def test_an_empty_text_is_a_blank_one_and_null(shared: Bench):
    ledger = shared.ledger
    columns = {"Memo": {"field": "memo", "default": "Unassigned"}, "Amount": {"sum": ledger.amount}}
    load = Load.model_validate({"import": "Load", "columns": columns, "where": {"memo": {"equals": ""}}})
    closed = shared.driver.closed
    period = Period(closed.key, closed.start.year, closed.start.month, closed.start, closed.end)
    files: list[list[dict[str, str]]] = []
    for wire in (b"null", b'""', b'" "'):
        disturb(shared, worded(shared.driver.memo_key, wire))
        shared.land(ledger.name)
        shared.driver.sandbox.faults.clear()
        mapper = Mapper(load, ledger, period, {}, {})
        (table,) = mapper.tables(shared.landed(ledger.name).to_batches())
        files.append(table.to_pylist())
    assert files[0] == files[1] == files[2]
    assert [row["Memo"] for row in files[0]] == ["Unassigned"]


def test_an_amount_that_stands_twice_is_named_with_its_record(shared: Bench):
    driver, key = shared.driver, shared.driver.debit_key.encode()
    disturb(shared, rewrite(lambda body: body.replace(b'"%s"' % key, b'"%s": 1, "%s"' % (key, key), 1)))
    with pytest.raises(DataError, match=rf"(debit|{driver.debit_key}): .*twice, .*in record "):
        shared.rows(driver.ledger)


def test_what_ends_too_early_passes_and_what_is_whole_and_wrong_does_not(shared: Bench):
    disturb(shared, rewrite(lambda body: body[: len(body) * 2 // 3]))
    with pytest.raises(Unavailable):
        shared.rows(shared.driver.ledger)
    shared.driver.sandbox.faults.clear()
    disturb(shared, rewrite(lambda body: body.replace(b":", b"=", 1)))
    with pytest.raises(DataError):
        shared.rows(shared.driver.ledger)
