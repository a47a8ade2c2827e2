"""Books that move while they are read: what is kept in the end is what they hold then."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_sandbox.serving import Fault, first

READS_TWICE_ONLY = {"visma_net"}
"""Lists that moved are read once more and then the run fails (docs/vendors/visma_net.md, section 4): it keeps nothing,
and the next run reads what came of it."""
MOVES = ["add", "change", "void", "delete"]


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("move", MOVES)
def test_a_move_between_pages_is_neither_lost_nor_doubled(bench: Bench, move: str, after: int):
    driver = bench.driver
    before = driver.truth(driver.ledger, driver.closed)
    driver.sandbox.faults.add(Fault(None, driver.rows_path, first(getattr(driver, move)), after=after))
    bench.land(driver.ledger)
    rows = bench.landed(driver.ledger)
    after_all = driver.truth(driver.ledger, driver.closed)
    assert (rows.num_rows, bench.total(rows, driver.ledger)) == (after_all.rows, after_all.amount)
    keys = bench.keys(rows, driver.ledger)
    assert len(set(keys)) == len(keys)
    if move in {"add", "delete"}:
        assert after_all.rows != before.rows


def test_every_page_moved_at_once(bench: Bench):
    driver = bench.driver
    for after, move in enumerate([driver.add, driver.delete, driver.add, driver.void, driver.change]):
        driver.sandbox.faults.add(Fault(None, driver.rows_path, first(move), after=after))
    try:
        bench.land(driver.ledger)
    except IncompleteRead:
        assert driver.kind in READS_TWICE_ONLY
        assert bench.snapshots.current(PartitionKey("acme", driver.ledger, driver.closed.key)) is None
        driver.sandbox.faults.clear()
        bench.land(driver.ledger)
    assert not len(driver.sandbox.faults)
    rows = bench.landed(driver.ledger)
    true = driver.truth(driver.ledger, driver.closed)
    assert (rows.num_rows, bench.total(rows, driver.ledger)) == (true.rows, true.amount)


def test_what_is_posted_later_is_in_the_feed(bench: Bench):
    ledger = bench.ledger
    if ledger.watermark is None:
        pytest.skip("this ERP's ledger has no change feed: full reads find what changed")
    before = bench.rows(ledger.name)
    highest = max(value for value in before[ledger.watermark].to_pylist() if value is not None)
    since = highest.isoformat() if hasattr(highest, "isoformat") else str(highest)
    bench.driver.sandbox.clock.advance(3600)
    bench.driver.add()
    with bench.source() as source:
        fed = [row for batch in source.changes(ledger, since) for row in batch.to_pylist()]
    key = [tuple(row[name] for name in ledger.key) for row in fed]
    assert len(set(key)) == len(key)
    new = set(bench.keys(bench.rows(ledger.name), ledger.name)) - set(bench.keys(before, ledger.name))
    assert new
    assert new <= set(key)


def test_an_entity_without_a_feed_says_so(bench: Bench):
    with bench.source() as source:
        for entity in bench.erp.entities.values():
            if entity.watermark is None:
                with pytest.raises(ValueError, match=entity.name):
                    next(iter(source.changes(entity, "2026-01-01T00:00:00")))
            else:
                assert entity.watermark in entity.schema.names
