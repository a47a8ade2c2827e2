"""A sandbox with a small planning model, and a client for it whose clock is the sandbox's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from cryptography.fernet import Fernet

from mlc_pipelines.anaplan import (
    ActionProgress,
    AnaplanClient,
    UnrecordedTask,
    Upload,
)
from mlc_pipelines.config import AnaplanConnection
from mlc_pipelines.http import TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import VaultKeys
from mlc_sandbox.anaplan import (
    TIME,
    VERSIONS,
    AnaplanSandbox,
    ExportSpec,
    FileSpec,
    ListImport,
    ListSpec,
    MemberSpec,
    ModelSpec,
    ModuleImport,
    ModuleSpec,
    OAuthClient,
    ProcessSpec,
)
from mlc_sandbox.clock import SandboxClock

WHOLE = Upload()
USER, PASSWORD = "robot@acme.example", "correct horse"
DEVICE, CODE = OAuthClient("ab" * 16), OAuthClient("cd" * 16, "code", USER, "client secret", "https://mlc.example")
SHARED_FILE = FileSpec("Versions.csv", ("Account", "Department", "Period", "Amount"))
MODEL = ModelSpec(
    name="Group Planning",
    lists=[
        ListSpec("Accounts", members=[MemberSpec("TA", "Total Accounts")]),
        ListSpec("Departments", members=["100", "200"], properties={"Head": "TEXT"}),
    ],
    time=("Jan 26", "Feb 26"),
    modules=[
        ModuleSpec("GL", dimensions=("Accounts", "Departments", TIME, VERSIONS), line_items=("Amount",)),
        ModuleSpec("Heads", dimensions=("Departments",), line_items=("FTE",)),
    ],
    imports=[
        ListImport("Load Accounts", "Accounts", columns={"Code": "code", "Name": "name", "Parent": "parent"}),
        ModuleImport(
            "Load Actuals",
            "GL",
            columns={"Account": "Accounts", "Department": "Departments", "Period": TIME, "Amount": "Amount"},
            fixed={VERSIONS: "Actual"},
        ),
        ModuleImport(
            "Load Version",
            "GL",
            columns={"Account": "Accounts", "Department": "Departments", "Period": TIME, "Amount": "Amount"},
            ask={VERSIONS: "Version"},
            file=SHARED_FILE,
        ),
        ListImport(
            "Accounts of Actuals",
            "Accounts",
            columns={"Account": "name"},
            file=SHARED_FILE,
        ),
        ListImport("Accounts from GL", "Accounts", columns={"Accounts": "code"}, from_module="GL"),
        ListImport("Twice", "Departments", columns={"Code": "code"}),
        ListImport("Twice", "Departments", columns={"Code": "code"}),
    ],
    exports=[ExportSpec("Actuals out", "GL", only={VERSIONS: ("Actual",)}, codes=("Accounts", "Departments"))],
    processes=[
        ProcessSpec("Load both", ("Load Accounts", "Load Actuals")),
        ProcessSpec("One file twice", ("Accounts of Actuals", "Load Version")),
    ],
)


class SandboxTime:
    """The client's clock: the sandbox's, moved on by sleeping. Things may be planned for a moment to come.

    Args:
        clock: the sandbox's.
        wrong_by: seconds that the client's clock is off.
    """

    def __init__(self, clock: SandboxClock, wrong_by: float = 0.0) -> None:
        self._clock = clock
        self._wrong_by = timedelta(seconds=wrong_by)
        self._plans: list[tuple[datetime, Callable[[], Any]]] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._clock.now() + self._wrong_by

    def monotonic(self) -> float:
        return self._clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._clock.advance(seconds)
        due = [plan for plan in self._plans if plan[0] <= self._clock.now()]
        self._plans = [plan for plan in self._plans if plan not in due]
        for _, act in due:
            act()

    def after(self, seconds: float, act: Callable[[], Any]) -> None:
        """Do something when that time has passed by sleeping."""
        self._plans.append((self._clock.now() + timedelta(seconds=seconds), act))


Record = UnrecordedTask
"""A task's life, in memory."""


@dataclass
class Planning:
    """What a test works with."""

    sandbox: AnaplanSandbox
    database: Database
    time: SandboxTime
    progress: list[ActionProgress] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=lambda: {"password": PASSWORD})
    keys: VaultKeys = field(default_factory=lambda: VaultKeys([Fernet.generate_key().decode()], "the test"))

    @property
    def model(self):
        return self.sandbox.model(MODEL.name)

    def connection(self, **changes: Any) -> AnaplanConnection:
        given = {
            "api_url": self.sandbox.url,
            "auth_url": self.sandbox.url,
            "app_url": self.sandbox.url,
            "workspace_id": MODEL.workspace.id,
            "model_id": self.model.id,
            "auth": {"method": "basic", "user": USER, "password": {"secret": "password"}},
            "requests_per_minute": 600,
        }
        return AnaplanConnection.model_validate(given | changes)

    def client(self, *, tenant: str = "acme", how: Upload = WHOLE, time: SandboxTime | None = None, **changes: Any):
        clock = time or self.time
        return AnaplanClient(
            self.connection(**changes),
            tenant=tenant,
            secret=self.secrets.__getitem__,
            database=self.database,
            tokens=TokenCache(self.database, self.keys, clock),
            clock=clock,
            progress=self.progress.append,
            how=how,
        )

    def sent(self, method: str, path: str) -> int:
        """How often a request was made whose path ends so."""
        return sum(line.method == method and line.path.endswith(path) for line in self.sandbox.log)


def accounts(*rows: tuple[str, str, str]) -> Callable[[], Iterator[bytes]]:
    """A file for `Load Accounts`."""
    return csv(("Code", "Name", "Parent"), *rows)


def actuals(*rows: tuple[str, str, str, str]) -> Callable[[], Iterator[bytes]]:
    """A file for `Load Actuals`."""
    return csv(("Account", "Department", "Period", "Amount"), *rows)


def csv(*rows: tuple[str, ...]) -> Callable[[], Iterator[bytes]]:
    return lambda: iter([",".join(f'"{cell}"' for cell in row).encode() + b"\n" for row in rows])


TWO = accounts(("1000", "Cash", "TA"), ("2000", "Receivables", "TA"))
THREE = accounts(("1000", "Cash", "TA"), ("2000", "Receivables", "TA"), ("3000", 'Øre, ""and"" more', "TA"))


def run(planning: Planning, record: Record | None = None, content=TWO, **options):
    """Load accounts, by a client of its own."""
    with planning.client(**options) as client:
        return client.run(client.action("import", "Load Accounts"), record or Record(), content=content)


DEPARTMENTS = pa.table(
    {
        "Code": ["100", "300", "400"],
        "Name": ["100", "Sales", "Øresund"],
        "Head": ["Ada", None, "Bo"],
    }
)
"""Rows for the list of that name."""
