"""The endpoint's description of itself, OpenAPI 3.0.1 (docs/vendors/acumatica.md, section 3)."""

from __future__ import annotations

from functools import cache
from typing import Any

from mlc_sandbox.acumatica.fields import FIELDS
from mlc_sandbox.acumatica.shapes import FORMS, Form, shape_of

_JSON_TYPES: dict[str, dict[str, str]] = {
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "Int": {"type": "integer", "format": "int32"},
    "Short": {"type": "integer", "format": "int32"},
    "Long": {"type": "integer", "format": "int64"},
    "Decimal": {"type": "number", "format": "double"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Guid": {"type": "string", "format": "uuid"},
}
_OPTIONS = ("select", "filter", "expand", "custom")


@cache
def description(version: str, server: str) -> dict[str, Any]:
    """The whole document for a version of the Default endpoint below the address of a server."""
    paths: dict[str, Any] = {}
    for entity, form in FORMS.items():
        paths |= _paths(entity, form)
    return {
        "openapi": "3.0.1",
        "info": {"title": f"Default/{version}", "version": "4"},
        "servers": [{"url": server}],
        "tags": [{"name": entity, "description": f"{f.title} ({f.screen})"} for entity, f in FORMS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(), "parameters": _parameters()},
    }


def _paths(entity: str, form: Form) -> dict[str, Any]:
    one, many = _reference(entity), {"type": "array", "items": _reference(entity)}

    def operation(name: str, answer: Any, parameters: tuple[str, ...], body: Any = None) -> dict[str, Any]:
        described: dict[str, Any] = {
            "tags": [entity],
            "operationId": f"{entity}_{name}",
            "parameters": [{"$ref": f"#/components/parameters/{parameter}"} for parameter in parameters],
            "responses": {"200": {"description": "Success", "content": _content(answer)}}
            if answer
            else {"204": {"description": "Done"}},
        }
        if body:
            described["requestBody"] = {"required": True, "content": _content(body)}
        return described

    paths: dict[str, Any] = {
        f"/{entity}": {
            "get": operation("GetList", many, (*_OPTIONS, "skip", "top")),
            "put": operation("PutEntity", one, _OPTIONS, one),
        },
        f"/{entity}/{{ids}}": {
            "get": operation("GetByKeys", one, ("ids", *_OPTIONS)),
            "delete": operation("DeleteByKeys", None, ("ids",)),
        },
        f"/{entity}/{{id}}": {
            "get": operation("GetById", one, ("id", *_OPTIONS)),
            "delete": operation("DeleteById", None, ("id",)),
        },
        f"/{entity}/$adHocSchema": {"get": operation("GetAdHocSchema", one, ())},
    }
    for action in form.actions:
        paths[f"/{entity}/{action}"] = {"post": operation(f"InvokeAction_{action}", None, (), _reference(action))}
    return paths


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = {
        f"{kind}Value": {"type": "object", "properties": {"value": described, "error": {"type": "string"}}}
        for kind, described in _JSON_TYPES.items()
    }
    schemas["Entity"] = {
        "type": "object",
        "properties": {
            "id": _JSON_TYPES["Guid"],
            "rowNumber": _JSON_TYPES["Long"],
            "note": _reference("StringValue"),
            "custom": {"type": "object"},
            "error": {"type": "string"},
        },
    }
    for name in FIELDS:
        shape = shape_of(name)
        properties: dict[str, Any] = {field: _reference(f"{kind}Value") for field, kind in shape.types.items()}
        properties |= {
            detail: {"type": "array", "items": _reference(rows.name)} for detail, rows in shape.details.items()
        }
        properties |= {link: _reference(linked.name) for link, linked in shape.links.items()}
        schemas[name] = {"allOf": [_reference("Entity"), {"type": "object", "properties": properties}]}
    for entity, form in FORMS.items():
        for action in form.actions:
            schemas[action] = {
                "type": "object",
                "required": ["entity"],
                "properties": {"entity": _reference(entity), "parameters": {"type": "object"}},
            }
    return schemas


def _parameters() -> dict[str, Any]:
    in_query = {f"{name}": {"name": f"${name}", "in": "query", "schema": {"type": "string"}} for name in _OPTIONS} | {
        name: {"name": f"${name}", "in": "query", "schema": _JSON_TYPES["Int"]} for name in ("skip", "top")
    }
    in_path = {
        "ids": {"name": "ids", "in": "path", "required": True, "schema": {"type": "string"}},
        "id": {"name": "id", "in": "path", "required": True, "schema": _JSON_TYPES["Guid"]},
    }
    return in_query | in_path


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
