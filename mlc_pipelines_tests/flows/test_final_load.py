"""From the final load until the close ends everything is sent, whatever was sent before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlc_pipelines_tests.world import LEDGER, World, open_world, red


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=1500) as world:
        yield world


def close(world: World, rule: str) -> None:
    path = world.home / "calendars/northwind.yaml"
    lines = [f"close: {rule}" if line.startswith("close:") else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines))
    world.read_again()


def sent(world: World) -> int:
    outcome = world.load("gl_activity")
    assert red({"load": outcome}) == {}
    return outcome.figures["rows_sent"]


def test_the_final_load_is_a_full_one(world: World):
    assert red(world.round_trip()) == {}
    rows = len(world.cells())
    assert sent(world) == 0
    close(world, "{opens: WD-2, final_load: WD+1 00:01, closes: WD+60 18:00}")
    assert sent(world) == rows
    assert sent(world) == rows
    close(world, "{opens: WD-2, final_load: WD+1 00:01, closes: WD+1 00:02}")
    assert sent(world) == 0
    assert world.cells() == world.ledger()
