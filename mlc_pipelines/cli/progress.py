"""Progress bars of a run, on stderr and only on a terminal."""

from __future__ import annotations

from threading import Lock
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from mlc_pipelines.anaplan import ActionProgress
from mlc_pipelines.cli.output import err
from mlc_pipelines.cli.screen import Screen
from mlc_pipelines.erp.base import ReadProgress
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.visible import visible


def bars(screen: Screen) -> Progress:
    """Bars of tasks with a `stage`, gone when they end; nothing is shown where the screen is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[stage]}", markup=False),
        TimeElapsedColumn(),
        console=screen,
        disable=not screen.is_terminal,
        transient=True,
    )


class RunProgress:
    """Shows a bar per entity that is read and per action that runs, while it is entered.

    Args:
        runtime: tells what is done.
        screen: where they are shown, if it is a terminal.
    """

    def __init__(self, runtime: Runtime, screen: Screen = err) -> None:
        self._progress = bars(screen)
        self._bars: dict[str, TaskID] = {}
        self._lock = Lock()
        runtime.on_read = self._read
        runtime.on_action = self._action

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def _bar(self, name: str) -> TaskID:
        with self._lock:
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(visible(name), total=None, stage="")
            return self._bars[name]

    def _read(self, progress: ReadProgress) -> None:
        bar = self._bar(f"read {progress.entity}")
        self._progress.update(bar, completed=progress.rows, total=progress.expected, stage="rows")

    def _action(self, progress: ActionProgress) -> None:
        done = None if progress.fraction is None else round(progress.fraction * 100)
        total = None if done is None else 100
        stage = visible(f"{progress.stage} {progress.text}".strip())
        self._progress.update(self._bar(str(progress.action)), completed=done or 0, total=total, stage=stage)
