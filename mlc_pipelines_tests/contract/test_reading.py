"""What is read is what the books hold: all of it, once, exact, and the same every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_sandbox.serving import Fault, rewrite


@pytest.fixture(params=["fact", "dimension"])
def entities(request: pytest.FixtureRequest, shared: Bench) -> list[str]:
    """Every entity of that kind."""
    return [name for name, entity in shared.erp.entities.items() if entity.kind == request.param]


def test_the_driver_knows_every_entity(shared: Bench):
    assert {*shared.driver.facts, *shared.driver.dimensions} == set(shared.erp.entities)
    assert shared.erp.entities[shared.driver.ledger].kind == "fact"


def test_an_entity_is_what_the_books_hold(shared: Bench, entities: list[str]):
    for name in entities:
        entity, rows = shared.erp.entities[name], shared.rows(name)
        true = shared.driver.truth(name, shared.driver.closed)
        assert (name, rows.num_rows, shared.total(rows, name)) == (name, true.rows, true.amount)
        assert true.rows > 0
        keys = shared.keys(rows, name)
        assert len(set(keys)) == len(keys), f"{name} has a key twice"
        for field in entity.fields:
            assert not (field.required and rows[field.name].null_count), f"{name}.{field.name} is null"


def test_no_field_is_empty_everywhere(shared: Bench, entities: list[str]):
    # A field that is null in all of a company's books is one that the source does not read.
    for name in entities:
        rows = shared.rows(name)
        empty = {f"{name}.{column}" for column in rows.column_names if rows[column].null_count == rows.num_rows}
        assert empty == {field for field in shared.driver.unfilled if field.startswith(f"{name}.")}


def test_a_ledger_balances(shared: Bench):
    ledgers = [entity for entity in shared.erp.entities.values() if entity.debit and entity.credit]
    for entity in ledgers:
        rows = shared.rows(entity.name)
        debit, credit = (sum(v for v in rows[name].to_pylist() if v) for name in (entity.debit, entity.credit))
        assert debit == credit > 0
    assert ledgers or not shared.erp.entities[shared.driver.ledger].debit


def test_reading_again_changes_nothing(shared: Bench, entities: list[str]):
    for name in entities:
        assert shared.rows(name).equals(shared.rows(name)), name


def test_what_is_read_agrees_with_the_erps_own_totals(shared: Bench, entities: list[str]):
    for name in entities:
        landed = shared.land(name)
        assert landed.snapshot.rows == shared.driver.truth(name, shared.driver.closed).rows
        assert shared.land(name).unchanged, name


def test_a_period_that_is_empty_is_empty(shared: Bench):
    closed = shared.driver.closed
    future = replace(
        closed, key="FY2026-P12", start=closed.start.replace(month=12, day=1), end=closed.end.replace(month=12, day=31)
    )
    rows = shared.rows(shared.driver.ledger, future)
    assert rows.num_rows == 0


def test_progress_is_told(shared: Bench):
    shared.progress.clear()
    rows = shared.rows(shared.driver.ledger)
    told = [each for each in shared.progress if each.entity == shared.driver.ledger]
    assert told[-1].rows == rows.num_rows
    assert [each.rows for each in told] == sorted(each.rows for each in told)


def unknown_everywhere(body: bytes) -> bytes:
    """The answer with a member in each of its objects that nobody has heard of."""

    def extended(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{key: extended(each) for key, each in value.items()}, "zzUnknown": {"value": [1, {"a": None}]}}
        return [extended(each) for each in value] if isinstance(value, list) else value

    # Numbers keep the text that they have.
    parsed = json.loads(body, parse_float=_Number, parse_int=_Number)
    return json.dumps(extended(parsed), cls=_Encoder).encode()


class _Number(str):
    """A number's text."""

    __slots__ = ()


class _Encoder(json.JSONEncoder):
    def iterencode(self, o: Any, _one_shot: bool = False) -> Iterator[str]:
        yield _dumped(o)


def _dumped(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_dumped(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_dumped, value)) + "]"
    return json.dumps(value)


def test_members_that_nobody_knows_are_ignored(shared: Bench):
    before = shared.rows(shared.driver.ledger)
    shared.driver.sandbox.faults.add(Fault(None, shared.driver.rows_path, rewrite(unknown_everywhere), times=10_000))
    assert shared.rows(shared.driver.ledger).equals(before)


def test_every_erp_has_its_driver():
    assert len(ERPS) == 5
