"""A snapshot in a notebook is what was landed, to the last place."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.errors import ConfigurationError, LostFile
from mlc_pipelines.notebook import landed_rows
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.world import LEDGER, World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    home: Path = tmp_path_factory.mktemp("notebook")
    with open_world(home, make_database_url(), gl_lines=400, only=LEDGER) as world:
        world.post("0.10")
        world.land("accounts", "gl_activity")
        yield world


def rows(world: World, entity: str = "gl_activity", period: str = "") -> Any:
    return landed_rows(world.tenant, entity, period or world.closed, runtime=world.runtime)


def test_amounts_are_decimals_and_sums_are_the_ledger_s(world: World):
    found = rows(world)
    assert pa.types.is_decimal(found.dtypes["amount"].pyarrow_dtype)
    by_account = found.groupby("account_number")["amount"].sum()
    ledger: dict[str, Decimal] = {}
    for (account, *_), amount in world.ledger().items():
        ledger[account] = ledger.get(account, Decimal(0)) + amount
    assert {account: amount for account, amount in by_account.items() if amount} == {
        account: amount for account, amount in ledger.items() if amount
    }


def test_every_row_says_where_it_comes_from(world: World):
    found = rows(world)
    assert found["_source_id"].notna().all()
    assert found["_run_id"].nunique() == 1


@pytest.mark.parametrize(
    ("entity", "period", "says"),
    [
        ("gl_activty", "", "has no entity 'gl_activty'"),
        ("departments", "", "departments of northwind was never landed for FY"),
        ("gl_activity", "FY2026-P99", "FY2026-P99"),
    ],
)
def test_what_is_not_there_is_said(world: World, entity: str, period: str, says: str):
    with pytest.raises(ConfigurationError, match=says):
        rows(world, entity, period)


def test_a_file_that_is_gone_is_said(world: World):
    snapshot = world.runtime.snapshots.current(PartitionKey(world.tenant, "accounts", world.closed))
    assert snapshot is not None
    world.runtime.snapshots.storage.remove(snapshot.path)
    with pytest.raises(LostFile, match="is missing"):
        rows(world, "accounts")
