"""Answers of the Anaplan sandbox against a community's OpenAPI description, where a copy of it is at hand.

The description is saved beside the project and is no part of it; without it these tests are skipped. `TRAPS` are places
where it is known to be wrong (docs/vendors/anaplan.md follows the live server there).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.conformance.planning_model import MODEL
from mlc_sandbox.anaplan import AnaplanSandbox, User

SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "anaplan" / "integration-openapi.json"
if not SPEC.exists():
    pytest.skip("no copy of the OpenAPI description beside the project", allow_module_level=True)

TRAPS = {
    "tasks": "the list of tasks is modelled as one `task` object",
    "dump": "only there after a failure",
    "readRequests": "only there after a request",
}


def paths() -> list[str]:
    """Paths with a GET that answers JSON and that are no trap."""
    if not SPEC.exists():
        return []
    described = json.loads(SPEC.read_text(encoding="utf-8"))["paths"]
    readable = [path for path, methods in described.items() if "application/json" in _content(methods)]
    return [path for path in readable if not any(trap in path for trap in TRAPS)]


def _content(methods: dict[str, Any]) -> dict[str, Any]:
    return methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})


def as_json_schema(described: Any) -> Any:
    """OpenAPI 3.0's `nullable` in JSON Schema's words, and without its patterns, whose backslashes are doubled."""
    if isinstance(described, list):
        return [as_json_schema(each) for each in described]
    if not isinstance(described, dict):
        return described
    plain = {key: as_json_schema(value) for key, value in described.items()}
    if plain.get("nullable") is True and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    if isinstance(plain.get("pattern"), str):
        del plain["pattern"]
    return plain


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with AnaplanSandbox([MODEL], [User("robot@acme.example", "correct horse")], clock=sandbox_clock()) as sandbox:
        login = httpx.post(f"{sandbox.url}/token/authenticate", auth=("robot@acme.example", "correct horse")).json()
        headers = {
            "Authorization": f"AnaplanAuthToken {login['tokenInfo']['tokenValue']}",
            "Accept": "application/json",
        }
        with httpx.Client(base_url=f"{sandbox.url}/2/0", headers=headers) as client:
            yield client


@pytest.fixture(scope="module")
def ids(client: httpx.Client) -> dict[str, str]:
    """A value for every parameter of a path."""
    found = {"workspaceId": MODEL.workspace.id}
    found["userId"] = client.get("/users/me").json()["user"]["id"]
    found["modelId"] = client.get("/models").json()["models"][0]["id"]
    model = f"/models/{found['modelId']}"
    for plural, singular in {
        "imports": "importId",
        "exports": "exportId",
        "processes": "processId",
        "files": "fileId",
        "lists": "listId",
        "modules": "moduleId",
        "views": "viewId",
    }.items():
        found[singular] = client.get(f"{model}/{plural}").json()[plural][0]["id"]
    found["lineItemId"] = client.get(f"{model}/lineItems").json()["items"][0]["id"]
    dimensions = client.get(f"{model}/lineItems/{found['lineItemId']}/dimensions").json()["dimensions"]
    found["dimensionId"] = dimensions[0]["id"]
    return found


@pytest.mark.parametrize("path", paths())
def test_an_answer_is_as_described(client: httpx.Client, ids: dict[str, str], path: str):
    if set(re.findall(r"{(\w+)}", path)) - ids.keys():
        pytest.skip("the sample model has nothing that this path could name")
    answer = client.get(re.sub(r"{(\w+)}", lambda name: ids[name[1]], path), params={"format": "v1"})
    description = as_json_schema(json.loads(SPEC.read_text(encoding="utf-8")))
    described = description["paths"][path]["get"]["responses"]
    assert str(answer.status_code) in described, answer.text
    if answer.status_code == 200:
        schema = {**described["200"]["content"]["application/json"]["schema"], "components": description["components"]}
        jsonschema.Draft7Validator(schema).validate(answer.json())
