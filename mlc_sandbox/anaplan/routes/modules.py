"""Modules, line items, views and cells (docs/vendors/anaplan.md, sections 4 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from mlc_sandbox.anaplan.contents.catalogue import VERSIONS_ID, LineItemEntry, ViewEntry
from mlc_sandbox.anaplan.contents.cell_writes import CellWriter, WholeCallRefused
from mlc_sandbox.anaplan.contents.cells import ModuleTooLarge
from mlc_sandbox.anaplan.contents.render import TooManyCells, render_grid
from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError, json_response
from mlc_sandbox.anaplan.spec.model import LINE_ITEMS, TIME, VERSIONS

_MAX_CELLS = 100_000
_MAX_BYTES = 15 * 1024 * 1024


def module_endpoints() -> list[ModelEndpoint]:
    """`.../modules`, `.../lineItems`, `.../views`."""
    return [
        ModelEndpoint("GET", "/modules", _modules),
        ModelEndpoint("GET", "/modules/{module_id}/views", _views),
        ModelEndpoint("GET", "/modules/{module_id}/lineItems", _line_items),
        ModelEndpoint("POST", "/modules/{module_id}/data", _write_cells, waits="always"),
        ModelEndpoint("GET", "/views", _views),
        ModelEndpoint("GET", "/views/{view_id}", _view),
        ModelEndpoint("GET", "/views/{view_id}/data", _view_cells),
        ModelEndpoint("GET", "/lineItems", _line_items),
    ]


async def _modules(call: ModelCall) -> Response:
    modules = call.model.catalogue.modules
    return call.page("module", "modules", [{"id": module_id, "name": spec.name} for module_id, spec in modules.items()])


async def _views(call: ModelCall) -> Response:
    module_id = call.request.path_params.get("module_id")
    if module_id is not None and module_id not in call.model.catalogue.modules:
        raise ApiError(404)
    entries = [
        {
            "code": "",
            "id": view_id,
            "name": _view_name(entry, view_id, in_module=module_id is not None),
            "moduleId": entry.module_id,
        }
        for view_id, entry in call.model.catalogue.views.items()
        if module_id in {None, entry.module_id}
    ]
    return call.page("view", "views", entries)


def _view_name(entry: ViewEntry, view_id: str, *, in_module: bool) -> str:
    if in_module:
        return entry.view.name
    return entry.module if view_id == entry.module_id else f"{entry.module}.{entry.view.name}"


async def _view(call: ModelCall) -> Response:
    entry = view_entry(call)

    def named(names: Sequence[str]) -> list[dict[str, str]]:
        return [{"id": call.model.catalogue.dimension_id(name), "name": name} for name in names]

    view_id = call.param("view_id")
    return call.envelope(
        "view",
        viewName=_view_name(entry, view_id, in_module=False),
        viewId=view_id,
        rows=named(entry.view.rows),
        columns=named(entry.view.columns),
        pages=named(entry.view.pages),
    )


async def _view_cells(call: ModelCall) -> Response:
    entry = view_entry(call)
    pages: dict[str, str] = {}
    for choice in filter(None, call.query("pages").split(",")):
        dimension_id, _, member_id = choice.partition(":")
        name = call.model.catalogue.dimension_name(dimension_id)
        if name is None or name not in entry.view.pages:
            raise ApiError(400, f"{dimension_id} is not on the pages of the view")
        pages[name] = _member_name(call, entry, name, member_id)
    try:
        grid = render_grid(call.model.state, entry.module, entry.view, pages)
    except TooManyCells as error:
        raise ApiError(400, str(error)) from None
    wants_json = call.request.headers.get("accept", "").startswith("application/json")
    if wants_json and call.query("format") == "v1":
        return json_response(grid.body())
    return Response(grid.csv(), media_type="text/csv")


def _member_name(call: ModelCall, entry: ViewEntry, dimension: str, member_id: str) -> str:
    if dimension == LINE_ITEMS:
        known = call.model.catalogue.line_items.get(member_id)
        if known is not None and known.module == entry.module:
            return known.line_item.name
    else:
        member = call.model.state.lists[dimension].by_id(member_id)
        if member is not None:
            return member.name
    raise ApiError(400, f"{member_id} is no item of {dimension}")


async def _line_items(call: ModelCall) -> Response:
    module_id = call.request.path_params.get("module_id")
    if module_id is not None and module_id not in call.model.catalogue.modules:
        raise ApiError(404)
    entries: list[dict[str, Any]] = []
    for line_item_id, entry in call.model.catalogue.line_items.items():
        if module_id not in {None, entry.module_id}:
            continue
        body = {
            "moduleId": entry.module_id,
            "moduleName": entry.module,
            "id": line_item_id,
            "name": entry.line_item.name,
        }
        entries.append(body | (_line_item_details(call, entry) if call.flag("includeAll") else {}))
    return call.envelope("lineItem", **({"items": entries} if entries else {}))


def _line_item_details(call: ModelCall, entry: LineItemEntry) -> dict[str, Any]:
    dimensions = call.model.state.module_spec(entry.module).dimensions
    metadata: dict[str, Any] = {"dataType": entry.line_item.format}
    if entry.line_item.format == "NUMBER":
        metadata |= {
            "minimumSignificantDigits": 4,
            "decimalPlaces": -1,
            "negativeNumberNotation": "MINUS_SIGN",
            "unitsType": "NONE",
            "unitsDisplayType": "NONE",
            "zeroFormat": "ZERO",
            "comparisonIncrease": "GOOD",
            "groupingSeparator": "COMMA",
            "decimalSeparator": "FULL_STOP",
        }
    elif entry.line_item.format == "TEXT":
        metadata["textType"] = "GENERAL"
    return {
        "isSummary": False,
        "startOfSection": False,
        "broughtForward": False,
        "useSwitchover": False,
        "breakback": False,
        "cellCount": len(call.model.state.modules[entry.module][entry.line_item.name]),
        "version": {"name": "All", "id": VERSIONS_ID},
        "appliesTo": [
            {"id": call.model.catalogue.dimension_id(name), "name": name}
            for name in dimensions
            if name not in {TIME, VERSIONS}
        ],
        "dataTags": [],
        "referencedBy": [],
        "formula": entry.line_item.formula,
        "format": entry.line_item.format,
        "formatMetadata": metadata,
        "summary": "Sum" if entry.line_item.format == "NUMBER" else "None",
        "timeScale": "Month" if TIME in dimensions else "Not Applicable",
        "timeRange": "",
        "formulaScope": "All Versions",
        "style": "Normal",
        "code": "",
        "notes": "",
    }


async def _write_cells(call: ModelCall) -> Response:
    module = call.model.catalogue.modules.get(call.param("module_id"))
    if module is None:
        raise ApiError(404)
    if not call.user.is_workspace_admin:
        raise ApiError(403)
    entries = await call.json()
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ApiError(400, "The body is not a list of cells")
    if len(entries) > _MAX_CELLS or len(await call.request.body()) > _MAX_BYTES:
        raise ApiError(400, f"More than {_MAX_CELLS} cells or {_MAX_BYTES} bytes in one call")
    writer = CellWriter(call.model.state, call.model.catalogue, module.name)
    try:
        changed = writer.write(entries)
    except (ModuleTooLarge, WholeCallRefused) as error:
        raise ApiError(400, str(error)) from None
    return json_response({"numberOfCellsChanged": changed, "failures": writer.failures})


def view_entry(call: ModelCall) -> ViewEntry:
    """The view that the path names."""
    entry = call.model.catalogue.views.get(call.param("view_id"))
    if entry is None:
        raise ApiError(404)
    return entry
