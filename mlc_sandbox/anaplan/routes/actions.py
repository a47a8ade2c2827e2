"""Discovery: the actions of a model (docs/vendors/anaplan.md, section 4)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from mlc_sandbox.anaplan.contents.render import export_header, export_table
from mlc_sandbox.anaplan.model import Model
from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.spec.actions import ClearSpec, ExportSpec, ImportSpec, ListImport


def discovery_endpoints() -> list[ModelEndpoint]:
    """Lists and metadata of actions; they answer at once while the model is busy.

    See docs/vendors/anaplan.md, section 8.
    """
    return [
        ModelEndpoint("GET", "/imports", _imports, waits="never"),
        ModelEndpoint("GET", "/imports/{entry_id}", _import_metadata, waits="never"),
        ModelEndpoint("GET", "/exports", _exports, waits="never"),
        ModelEndpoint("GET", "/exports/{entry_id}", _export_metadata, waits="never"),
        ModelEndpoint("GET", "/actions", _actions, waits="never"),
        ModelEndpoint("GET", "/processes", _processes, waits="never"),
        ModelEndpoint("GET", "/processes/{entry_id}", _process_metadata, waits="never"),
    ]


def _import_type(spec: ImportSpec) -> str:
    return "HIERARCHY_DATA" if isinstance(spec, ListImport) else "MODULE_DATA"


def _import_body(model: Model, import_id: str) -> dict[str, Any]:
    spec = model.catalogue.imports[import_id]
    return {
        "id": import_id,
        "name": spec.name,
        "importDataSourceId": model.catalogue.file_of_import[import_id],
        "importType": _import_type(spec),
    }


async def _imports(call: ModelCall) -> Response:
    entries = [_import_body(call.model, import_id) for import_id in call.model.catalogue.imports]
    return call.page("import", "imports", entries)


async def _import_metadata(call: ModelCall) -> Response:
    spec = _entry(call.model.catalogue.imports, call)
    if spec.from_module is not None:
        source: dict[str, Any] = {
            "headerNames": export_header(call.model.state, ExportSpec(spec.name, spec.from_module))
        }
    else:
        file = call.model.catalogue.files[call.model.catalogue.file_of_import[call.param("entry_id")]]
        source = {
            "textEncoding": file.encoding,
            "columnSeparator": _sign(call, file.separator),
            "textDelimiter": _sign(call, file.delimiter),
            "headerRow": file.header_row,
            "firstDataRow": file.first_data_row,
            "decimalSeparator": _sign(call, file.decimal_separator),
            "headerNames": list(file.headers),
        }
        if file.thousands_separator:
            source["thousandsSeparator"] = _sign(call, file.thousands_separator)
        if file.date_format:
            source["dateFormat"] = file.date_format
    source["columnCount"] = len(source["headerNames"])
    metadata = {"name": spec.name, "type": "FILE" if spec.from_module is None else "MODEL", "source": source}
    return call.envelope("importMetadata", importMetadata=metadata)


_WORDS = {".": "FULL_STOP", ",": "COMMA", ";": "SEMICOLON", "\t": "TAB", "|": "PIPE", '"': "DOUBLE_QUOTE", "": "NONE"}


def _sign(call: ModelCall, sign: str) -> str:
    """A sign as the metadata shows it: itself, or by the switch its name."""
    return _WORDS.get(sign, sign) if call.tenant.metadata_words else sign


def _export_body(export_id: str, spec: ExportSpec) -> dict[str, Any]:
    return {
        "id": export_id,
        "name": spec.name,
        "exportType": spec.layout,
        "exportFormat": spec.format,
        "encoding": spec.encoding,
        "layout": spec.layout,
    }


async def _exports(call: ModelCall) -> Response:
    exports = call.model.catalogue.exports
    return call.page("export", "exports", [_export_body(export_id, spec) for export_id, spec in exports.items()])


async def _export_metadata(call: ModelCall) -> Response:
    spec = _entry(call.model.catalogue.exports, call)
    state = call.model.state
    dimensions = state.module_spec(spec.source).dimensions
    header = export_header(state, spec)
    formats = {entry.line_item.name: entry.line_item.format for entry in call.model.catalogue.line_items.values()}
    metadata = {
        "columnCount": len(header),
        "dataTypes": ["ENTITY" if name in dimensions else formats.get(name, "TEXT") for name in header],
        "delimiter": _sign(call, spec.delimiter),
        "encoding": spec.encoding,
        "exportFormat": spec.format,
        "headerNames": header,
        "listNames": [name if name in dimensions else "" for name in header],
        "rowCount": export_table(state, spec).num_rows,
        "separator": _sign(call, spec.separator),
    }
    return call.envelope("exportMetadata", exportMetadata=metadata)


async def _actions(call: ModelCall) -> Response:
    entries = [
        {
            "id": action_id,
            "name": spec.name,
            "actionType": "CLEAR_DATA" if isinstance(spec, ClearSpec) else "DELETE_BY_SELECTION",
        }
        for action_id, spec in call.model.catalogue.actions.items()
    ]
    return call.page("action", "actions", entries)


async def _processes(call: ModelCall) -> Response:
    entries = [{"id": process_id, "name": spec.name} for process_id, spec in call.model.catalogue.processes.items()]
    return call.page("process", "processes", entries)


async def _process_metadata(call: ModelCall) -> Response:
    spec = _entry(call.model.catalogue.processes, call)
    catalogue = call.model.catalogue
    actions: list[dict[str, Any]] = []
    for step in spec.steps:
        kind, action_id = catalogue.action_by_name(step)
        body: dict[str, Any] = {"id": action_id, "name": step, "actionType": "DELETE_BY_SELECTION"}
        if kind == "imports":
            body = _import_body(call.model, action_id) | {"actionType": "IMPORT"}
            if call.flag("showImportDataSource"):
                source_type = "FILE" if catalogue.imports[action_id].from_module is None else "MODEL"
                body["importDataSource"] = {"importDataSourceId": body["importDataSourceId"], "type": source_type}
        elif kind == "exports":
            body = _export_body(action_id, catalogue.exports[action_id]) | {"actionType": "EXPORT"}
        actions.append(body)
    return call.envelope("process", processMetadata={"name": spec.name, "actions": actions})


def _entry(entries: dict[str, Any], call: ModelCall) -> Any:
    entry = entries.get(call.param("entry_id"))
    if entry is None:
        raise ApiError(404)
    return entry
