"""`mlc entities` and `mlc actions`: what the ERPs offer, what the model offers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mlc_pipelines.cli.output import JsonFlag, print_json, print_table
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.runtime import Runtime


def entities(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="An ERP; all when left out.")] = None,
    *,
    json: JsonFlag = False,
) -> None:
    """The catalogue: entities, fields with types and meaning, keys, what marks change, period field."""
    if kind is not None and kind not in ERPS:
        raise ConfigurationError(f"There is no ERP {kind!r}.", hint=f"Known: {', '.join(ERPS)}.")
    chosen = [kind] if kind else list(ERPS)
    described = [_describe(each, entity) for each in chosen for entity in ERPS[each].entities.values()]
    if json:
        print_json(described)
        return
    for entity in described:
        marks = [f"key {', '.join(entity['key'])}"]
        changes = f"changes by {entity['watermark']}" if entity["watermark"] else "changes found by full reads"
        marks.append(changes)
        marks += [f"period by {entity['period']}"] if entity["period"] else []
        marks += [f"amounts in {entity['currency']}"] if entity["currency"] else []
        title = f"{entity['erp']}/{entity['entity']} ({entity['kind']}): {entity['meaning']}\n{'; '.join(marks)}"
        print_table(title, [("name", "Field"), ("type", "Type"), ("meaning", "Meaning")], entity["fields"])


def _describe(kind: str, entity: Entity) -> dict[str, Any]:
    return {
        "erp": kind,
        "entity": entity.name,
        "kind": entity.kind,
        "meaning": entity.meaning,
        "key": list(entity.key),
        "modified": entity.modified,
        "watermark": entity.watermark,
        "period": entity.period,
        "amount": entity.amount,
        "currency": entity.currency,
        "refers_to": list(entity.refers_to),
        "fields": [
            {
                "name": field.name,
                "type": str(field.type),
                "meaning": field.meaning,
                "required": field.required,
                "personal": field.personal,
            }
            for field in entity.fields
        ],
    }


def actions(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")], *, json: JsonFlag = False
) -> None:
    """Imports, exports, processes and other actions of the model, with the headers of the files that imports read."""
    runtime = Runtime.from_environment()
    with runtime.anaplan(runtime.tenant(tenant)) as client:
        rows = [
            {
                "kind": action.kind,
                "name": action.name,
                "id": action.id,
                "headers": list(client.import_source(action).form.headers) if action.file_id.startswith("113") else [],
            }
            for action in client.actions()
        ]
    if json:
        print_json(rows)
        return
    shown = [{**row, "headers": ", ".join(row["headers"])} for row in rows]
    print_table(
        f"Actions of {tenant}",
        [("kind", "Kind"), ("name", "Name"), ("id", "Id"), ("headers", "File headers")],
        shown,
    )
