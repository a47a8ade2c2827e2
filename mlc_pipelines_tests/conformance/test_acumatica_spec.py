"""The sandbox's endpoint against the vendor's own description of it, where a copy of that is at hand.

The description is saved beside the project and is no part of it; without it these tests are skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlc_sandbox.acumatica.fields import FIELDS
from mlc_sandbox.acumatica.shapes import FORMS, shape_of
from mlc_sandbox.acumatica.swagger import description

SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "acumatica" / "Default_24.200.001.finance.swagger.json"
if not SPEC.exists():
    pytest.skip("no copy of the endpoint's description beside the project", allow_module_level=True)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return json.loads(SPEC.read_text(encoding="utf-8"))


def properties(document: dict[str, Any], name: str) -> dict[str, Any]:
    schema = document["components"]["schemas"][name]
    return {key: value for part in schema["allOf"] for key, value in part.get("properties", {}).items()}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_and_their_types(spec: dict[str, Any], name: str) -> None:
    theirs, ours = properties(spec, name), properties(description("24.200.001", "/"), name)
    described = {field: schema for field, schema in ours.items() if field not in ("custom", "id", "rowNumber")}
    assert described == {field: theirs.get(field) for field in described}
    if name != "Contact":
        plain = {field for field, schema in theirs.items() if str(schema.get("$ref", "")).endswith("Value")}
        assert plain - {"note"} <= set(shape_of(name).types)


@pytest.mark.parametrize("entity", FORMS)
def test_operations_and_forms(spec: dict[str, Any], entity: str) -> None:
    ours = description("24.200.001", "/")
    titles = {tag["name"]: tag["description"] for tag in spec["tags"]}
    assert FORMS[entity].screen in titles[entity]
    for path, methods in ours["paths"].items():
        if path.split("/")[1] == entity:
            for method, operation in methods.items():
                assert spec["paths"][path][method]["operationId"] == operation["operationId"]
