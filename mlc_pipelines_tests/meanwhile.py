"""What others do in Anaplan while a load of ours runs."""

from __future__ import annotations

from mlc_pipelines.anaplan import ActionProgress
from mlc_pipelines_tests.world import World


def remove_member(world: World, list_name: str, text: str) -> None:
    state = world.model.state
    state.remove_members(list_name, [state.lists[list_name].find(text).number])


def remove_during_upload(world: World, text: str) -> None:
    """Somebody removes an account after its presence was checked and before the import runs."""

    def on_action(progress: ActionProgress) -> None:
        if progress.stage == "uploading" and world.model.state.lists["GL Accounts"].find(text):
            remove_member(world, "GL Accounts", text)

    world.runtime.on_action = on_action
