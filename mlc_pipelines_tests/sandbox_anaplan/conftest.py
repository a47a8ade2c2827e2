"""A small sample model, a sandbox with it, and a client that knows nothing but the paths of docs/vendors/anaplan.md."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_sandbox.anaplan import (
    AnaplanSandbox,
    ClearSpec,
    DeleteSpec,
    ExportSpec,
    FileSpec,
    LineItemSpec,
    ListImport,
    ListSpec,
    MemberSpec,
    ModelSpec,
    ModuleImport,
    ModuleSpec,
    OAuthClient,
    ProcessSpec,
    User,
    ViewSpec,
)

ROBOT = "robot@acme.example"
READER = "reader@acme.example"
OUTSIDER = "outsider@acme.example"
PASSWORD = "correct horse"
WORKSPACE = "8a81b09d5e8c6f27015ece3402487d33"
MODEL = "75A40874E6B64FA3AE0743278996850F"
OTHER_MODEL = "0123456789ABCDEF0123456789ABCDEF"
DEVICE_CLIENT = "d" * 32
STEADY_CLIENT = "5" * 32
CODE_CLIENT = "c" * 32

SPEC = ModelSpec(
    name="Group Planning",
    id=MODEL,
    lists=[
        ListSpec("Groups", members=[MemberSpec("A", "Assets"), MemberSpec("E", "Expenses")]),
        ListSpec(
            "Accounts",
            members=[MemberSpec("1000", "Cash", "A"), MemberSpec("6000", "Travel", "E")],
            properties={"Type": "TEXT", "Opened": "DATE", "Rate": "NUMBER", "Obsolete": "BOOLEAN"},
            parent="Groups",
            subsets=("Tradeable",),
        ),
        ListSpec("Departments", members=[MemberSpec("ALL", "Total"), MemberSpec("D1", "Sales", "ALL")]),
        ListSpec("Notes", numbered=True, properties={"Text": "TEXT"}),
        ListSpec("Empty", production=True),
    ],
    time=("Jan 26", "Feb 26", "Mar 26"),
    modules=[
        ModuleSpec(
            "GL",
            dimensions=("Accounts", "Departments", "Time", "Versions"),
            line_items=(
                "Amount",
                LineItemSpec("Comment", "TEXT"),
                LineItemSpec("Approved", "BOOLEAN"),
                LineItemSpec("Checked", "DATE"),
                LineItemSpec("Doubled", formula="Amount * 2"),
            ),
            views=(ViewSpec("By period", ("Accounts",), ("Time",), ("Departments", "Versions", "Line items")),),
        ),
        ModuleSpec("Totals", dimensions=("Time",), line_items=("Amount",)),
    ],
    imports=[
        ListImport(
            "Load Accounts",
            "Accounts",
            columns={"Code": "code", "Name": "name", "Group": "parent", "Opened": "Opened", "Rate": "Rate"},
        ),
        ListImport("Load Departments", "Departments", columns={"Code": "code", "Name": "name", "Parent": "parent"}),
        ListImport("Load Group Names", "Groups", columns={"Name": "name"}),
        ModuleImport(
            "Load Actuals",
            "GL",
            columns={
                "Account": "Accounts",
                "Dept": "Departments",
                "Period": "Time",
                "Amount": "Amount",
                "Comment": "Comment",
                "Approved": "Approved",
                "Checked": "Checked",
                "Doubled": "Doubled",
            },
            fixed={"Versions": "Actual"},
        ),
        ModuleImport(
            "Load any version",
            "GL",
            columns={"Account": "Accounts", "Dept": "Departments", "Period": "Time", "Amount": "Amount"},
            ask={"Versions": "Version"},
            file=FileSpec(
                "german.txt",
                ("Account", "Dept", "Period", "Amount"),
                separator=";",
                encoding="ISO-8859-1",
                decimal_separator=",",
                default=b"Account;Dept;Period;Amount\n1000;D1;Jan 26;1,5\n",
            ),
        ),
        ModuleImport(
            "Load by line item",
            "GL",
            columns={
                "Account": "Accounts",
                "Dept": "Departments",
                "Period": "Time",
                "What": "Line items",
                "Value": "Values",
            },
            fixed={"Versions": "Actual"},
        ),
        ModuleImport("Sum up", "Totals", columns={"Time": "Time", "Amount": "Amount"}, from_module="GL"),
    ],
    exports=[
        ExportSpec("Actuals out", "GL", only={"Versions": ("Actual",)}, codes=("Accounts",), line_items=("Amount",)),
        ExportSpec("Grid", "GL", layout="GRID_CURRENT_PAGE", view="By period"),
        ExportSpec("Long", "GL", layout="TABULAR_SINGLE_COLUMN", separator=";", encoding="ISO-8859-1"),
    ],
    actions=[
        DeleteSpec("Drop obsolete", "Accounts", "Obsolete"),
        ClearSpec("Clear January", "GL", {"Time": ("Jan 26",)}),
    ],
    processes=[
        ProcessSpec("Nightly", ("Load Departments", "Load Actuals", "Actuals out", "Drop obsolete")),
        ProcessSpec("Both versions", ("Load any version",)),
    ],
)
ACTUALS_HEADER = "Account,Dept,Period,Amount,Comment,Approved,Checked,Doubled\n"


class Api:
    """The Integration API as one user."""

    def __init__(self, sandbox: AnaplanSandbox, email: str = ROBOT) -> None:
        self.http = httpx.Client(base_url=sandbox.url, timeout=10)
        self.sandbox = sandbox
        self.email = email
        self.base = f"/2/0/workspaces/{WORKSPACE}/models/{MODEL}"
        self.login()

    def login(self) -> None:
        credentials = base64.b64encode(f"{self.email}:{PASSWORD}".encode()).decode()
        answer = self.http.post("/token/authenticate", headers={"Authorization": f"Basic {credentials}"})
        self.http.headers["Authorization"] = f"AnaplanAuthToken {answer.json()['tokenInfo']['tokenValue']}"

    def __call__(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """A call to the model; a path that starts with /2 is taken as it is."""
        return self.http.request(method, path if path.startswith("/2") else self.base + path, **kwargs)

    def id_of(self, kind: str, name: str) -> str:
        entries = self("GET", f"/{kind}").json()[kind]
        return next(entry["id"] for entry in entries if entry["name"] == name)

    def upload(self, file_id: str, *chunks: bytes) -> None:
        assert self("POST", f"/files/{file_id}", json={"chunkCount": len(chunks)}).status_code == 200
        for number, chunk in enumerate(chunks):
            answer = self.put_chunk(file_id, number, gzip.compress(chunk), "application/x-gzip")
            assert answer.status_code == 204, answer.text

    def put_chunk(
        self, file_id: str, number: int, body: bytes, kind: str = "application/octet-stream"
    ) -> httpx.Response:
        return self("PUT", f"/files/{file_id}/chunks/{number}", content=body, headers={"Content-Type": kind})

    def start(self, kind: str, action_id: str, **fields: Any) -> str:
        answer = self("POST", f"/{kind}/{action_id}/tasks", json={"localeName": "en_US", **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()["task"]["taskId"]

    def finish(self, kind: str, action_id: str, task_id: str) -> dict[str, Any]:
        """Move the clock to the end of the task, and return it."""
        for _ in range(200):
            task = self("GET", f"/{kind}/{action_id}/tasks/{task_id}").json()["task"]
            if task["taskState"] in {"COMPLETE", "CANCELLED"}:
                return task
            self.sandbox.clock.advance(self.sandbox.task_seconds)
        raise AssertionError(f"task {task_id} does not end")

    def run(self, kind: str, name: str, *chunks: bytes | str, **fields: Any) -> dict[str, Any]:
        """Upload, run, wait; returns the task with its counts."""
        action_id = self.id_of(kind, name)
        if chunks:
            listed = self("GET", "/imports").json()["imports"]
            file_id = next(entry["importDataSourceId"] for entry in listed if entry["id"] == action_id)
            self.upload(file_id, *(chunk.encode() if isinstance(chunk, str) else chunk for chunk in chunks))
        task = self.finish(kind, action_id, self.start(kind, action_id, **fields))
        return task | {"action_id": action_id}

    def dump(self, task: dict[str, Any]) -> str:
        path = f"/imports/{task['action_id']}/tasks/{task['taskId']}/dump/chunks"
        chunks = self("GET", path).json()["chunks"]
        return "".join(self("GET", f"{path}/{chunk['id']}").text for chunk in chunks)


def counts(task: dict[str, Any]) -> dict[str, str]:
    """The counts of an import, from the first detail's flat list."""
    values = task["result"]["details"][0]["values"]
    return dict(zip(values[::2], values[1::2], strict=True))


@pytest.fixture(scope="session")
def certificate() -> tuple[str, str]:
    return self_signed("robot")


@pytest.fixture
def sandbox(certificate: tuple[str, str]) -> Iterator[AnaplanSandbox]:
    users = [
        User(ROBOT, PASSWORD, certificates=[certificate[0]]),
        User(READER, PASSWORD, is_workspace_admin=False),
        User(OUTSIDER, PASSWORD, models=frozenset({OTHER_MODEL})),
    ]
    clients = [
        OAuthClient(DEVICE_CLIENT, "device"),
        OAuthClient(STEADY_CLIENT, "device", rotatable=False),
        OAuthClient(CODE_CLIENT, "code", user=ROBOT, secret="hush", redirect_uri="https://app.example/back"),
    ]
    models = [SPEC, ModelSpec("Another", id=OTHER_MODEL)]
    with AnaplanSandbox(models, users, oauth_clients=clients, clock=sandbox_clock()) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox: AnaplanSandbox) -> Iterator[Api]:
    api = Api(sandbox)
    yield api
    api.http.close()
