"""Rows in many chunks: each arrives once, whatever happens between two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from mlc_pipelines.anaplan import ActionProgress, UnrecordedTask, Upload
from mlc_pipelines_tests.flows.delivery.trail import (
    ACTION,
    count,
    the_next_run_heals,
)
from mlc_pipelines_tests.world import World
from mlc_sandbox.serving import Fault, drop_answer


def many_chunks(world: World, sent: Callable[[int], None] = lambda _: None) -> None:
    """The model's figures, uploaded in more than 40 chunks and imported."""
    cells = world.ledger()

    def progress(told: ActionProgress) -> None:
        if told.stage == "uploading":
            sent(told.bytes_sent)

    world.runtime.on_action = progress
    world.runtime.upload = Upload(chunk_bytes=1)  # a block is a chunk
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        action = client.action("import", ACTION)
        header = client.import_source(action).form.headers
        names = ("Account", "Department", "Entity", "Period", "Version")
        rows = [dict(zip(names, place, strict=False)) | {"Amount": amount} for place, amount in cells.items()]
        lines = [",".join(str(row[name]) for name in header) + "\n" for row in rows]
        blocks = ["".join(lines[first : first + 3]) for first in range(0, len(lines), 3)]
        blocks = [",".join(header) + "\n", *blocks]
        outcome = client.run(action, UnrecordedTask(), content=lambda: (block.encode() for block in blocks))
    assert outcome.successful
    assert (outcome.counts.total, outcome.counts.succeeded) == (len(rows), len(rows))
    puts = Counter(line.path for line in world.anaplan.log if line.method == "PUT" and (line.status or 0) < 300)
    assert len(puts) == len(blocks) > 40
    assert world.cells() == cells


def test_a_token_revoked_in_the_middle_of_the_chunks(world: World):
    revoked: list[int] = []

    def sent(total: int) -> None:
        if total > 2000 and not revoked:
            revoked.append(total)
            world.anaplan.tokens.kill_all()

    world.load("gl_activity")
    world.anaplan.log.clear()
    minted = world.anaplan.tokens.minted
    many_chunks(world, sent)
    assert revoked
    assert world.anaplan.tokens.minted == minted + 1
    assert count(world, "POST", "/token/authenticate", 201) + count(world, "POST", "/token/authenticate", 200) == 1
    refused = [line.path for line in world.anaplan.log if line.method == "PUT" and line.status == 401]
    assert 1 <= len(refused) == len(set(refused)) <= Upload().in_flight, "each was sent again once, by the new token"


def test_a_chunk_whose_answer_is_lost_is_sent_again_alone(world: World):
    world.anaplan.faults.add(Fault("PUT", "/chunks/17$", drop_answer))
    many_chunks(world)
    sent = Counter(line.path.rpartition("/")[2] for line in world.anaplan.log if line.method == "PUT")
    assert {chunk: times for chunk, times in sent.items() if times > 1} == {"17": 2}
    assert count(world, "POST", "/complete", 200) == 1
    the_next_run_heals(world)
