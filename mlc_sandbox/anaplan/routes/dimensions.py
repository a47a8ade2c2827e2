"""Dimensions and their members (docs/vendors/anaplan.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from mlc_sandbox.anaplan.contents.catalogue import LineItemEntry
from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.routes.modules import view_entry
from mlc_sandbox.anaplan.spec.model import LINE_ITEMS, TIME, VERSIONS


def dimension_endpoints() -> list[ModelEndpoint]:
    """`.../dimensions`, as such and below views and line items."""
    return [
        ModelEndpoint("GET", "/views/{view_id}/dimensions/{dimension_id}/items", _view_members),
        ModelEndpoint("GET", "/lineItems/{line_item_id}/dimensions", _line_item_dimensions),
        ModelEndpoint("GET", "/lineItems/{line_item_id}/dimensions/{dimension_id}/items", _line_item_members),
        ModelEndpoint("GET", "/dimensions/{dimension_id}/items", _dimension_members),
        ModelEndpoint("POST", "/dimensions/{dimension_id}/items", _named_members),
    ]


async def _line_item_dimensions(call: ModelCall) -> Response:
    dimensions = call.model.state.module_spec(_line_item(call).module).dimensions
    named = [{"id": call.model.catalogue.dimension_id(name), "name": name} for name in dimensions]
    return call.envelope("dimension", **({"dimensions": named} if named else {}))


async def _line_item_members(call: ModelCall) -> Response:
    dimensions = call.model.state.module_spec(_line_item(call).module).dimensions
    return _members_answer(call, _dimension(call, dimensions))


async def _view_members(call: ModelCall) -> Response:
    view = view_entry(call).view
    return _members_answer(call, _dimension(call, [*view.rows, *view.columns, *view.pages]))


async def _dimension_members(call: ModelCall) -> Response:
    name = _dimension(call, None)
    if name == TIME:
        raise ApiError(400, "The Time dimension is not supported here")
    return _members_answer(call, name)


async def _named_members(call: ModelCall) -> Response:
    name = _dimension(call, None)
    fields = await call.fields()
    names = {str(text).lower() for text in fields.get("names") or []}
    codes = {str(text).lower() for text in fields.get("codes") or []}
    if not names and not codes:
        raise ApiError(400, "Neither names nor codes are given")
    if codes and name in {TIME, VERSIONS, LINE_ITEMS}:
        raise ApiError(400, f"{name} has no codes")
    bodies = [
        body
        for body in _member_bodies(call, name)
        if body["name"].lower() in names or (body.get("code") or "\0").lower() in codes
    ]
    return call.envelope("dimension", **({"items": bodies} if bodies else {}))


def _members_answer(call: ModelCall, name: str) -> Response:
    bodies = _member_bodies(call, name)
    return call.envelope("dimension", **({"items": bodies} if bodies else {}))


def _member_bodies(call: ModelCall, name: str) -> list[dict[str, str]]:
    if name == LINE_ITEMS:
        return [
            {"id": line_item_id, "name": entry.line_item.name}
            for line_item_id, entry in call.model.catalogue.line_items.items()
        ]
    return [
        {"id": member.id, "name": member.name} | ({"code": member.code} if member.code else {})
        for member in call.model.state.lists[name].members.values()
    ]


def _line_item(call: ModelCall) -> LineItemEntry:
    entry = call.model.catalogue.line_items.get(call.param("line_item_id"))
    if entry is None:
        raise ApiError(404)
    return entry


def _dimension(call: ModelCall, among: Sequence[str] | None) -> str:
    name = call.model.catalogue.dimension_name(call.param("dimension_id"))
    if name is None or (among is not None and name not in among):
        raise ApiError(404)
    return name
