"""What happens to a load in the middle, and the trail that it leaves."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from mlc_pipelines.anaplan import ActionProgress
from mlc_pipelines.errors import MlcError
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines_tests.world import World, red
from mlc_sandbox.anaplan import User

ACTION = "Load Actuals"
GL_LOAD = "netsuite/anaplan/gl_activity"
OTHER = User("colleague@acme.example", "hers")
TEN_MINUTES = 600.0


def at_stage(world: World, stage: str, happens: Callable[[], object]) -> None:
    """Once, when the load has come so far."""
    happened: list[str] = []

    def on_action(progress: ActionProgress) -> None:
        if progress.stage == stage and not happened:
            happened.append(stage)
            happens()

    world.runtime.on_action = on_action


def bearer(world: World, user: User) -> dict[str, str]:
    return {"Authorization": f"AnaplanAuthToken {world.anaplan.tokens.mint(user).value}"}


def actions_url(world: World, action: str) -> str:
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        return f"{world.anaplan.url}/2/0/models/{world.model.id}/imports/{client.action('import', action).id}/tasks"


def cancel_as_another_user(world: World) -> None:
    task = world.tasks(ACTION)[-1]
    address = f"{actions_url(world, ACTION)}/{task.id}"
    assert httpx.delete(address, headers=bearer(world, OTHER)).status_code == 200


def count(world: World, method: str, ending: str, status: int) -> int:
    return sum(
        line.method == method and line.path.endswith(ending) and line.status == status for line in world.anaplan.log
    )


def uploads(world: World) -> int:
    return sum(line.method == "PUT" for line in world.anaplan.log)


def is_told(world: World, outcome: AssetOutcome, error: type[MlcError], *words: str) -> None:
    """The asset result and `mlc status` tell the same story, with these words in it."""
    assert isinstance(outcome.error, error)
    (state,) = world.states()
    assert state["state"] == "red"
    assert [(entry["asset"], entry["why"]) for entry in state["red"]] == [(GL_LOAD, str(outcome.error))]
    for word in words:
        assert word in str(outcome.error)


def the_next_run_heals(world: World) -> None:
    assert red({GL_LOAD: world.load("gl_activity")}) == {}
    assert world.tie_out().error is None
    assert world.cells() == world.ledger() != {}
    newest = world.deliveries()[-1]
    assert newest["state"] == "accepted"
    assert newest["outcome"]["successful"] is True
    assert newest["outcome"]["task_id"] == newest["task_id"] == world.tasks(ACTION)[-1].id
    assert [state["state"] for state in world.states()] == ["green"]
