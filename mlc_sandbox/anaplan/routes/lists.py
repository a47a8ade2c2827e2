"""Lists: discovery, members, transactional add, update and delete (docs/vendors/anaplan.md, sections 4 and 7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mlc_sandbox.anaplan.contents.list_writes import ListWriter
from mlc_sandbox.anaplan.contents.members import Member
from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.spec.model import ListSpec

_MAX_WRITES = 100_000


def list_endpoints() -> list[ModelEndpoint]:
    """`.../lists/...`."""
    return [
        ModelEndpoint("GET", "/lists", _lists),
        ModelEndpoint("GET", "/lists/{list_id}", _metadata),
        ModelEndpoint("GET", "/lists/{list_id}/items", _members),
        ModelEndpoint("POST", "/lists/{list_id}/items", _write, waits="always"),
        ModelEndpoint("PUT", "/lists/{list_id}/items", _update, waits="always"),
        ModelEndpoint("POST", "/lists/{list_id}/resetIndex", _reset_index, waits="always"),
    ]


async def _lists(call: ModelCall) -> Response:
    lists = call.model.catalogue.lists
    return call.page("list", "lists", [{"id": list_id, "name": spec.name} for list_id, spec in lists.items()])


async def _metadata(call: ModelCall) -> Response:
    spec = _spec(call)
    metadata: dict[str, Any] = {
        "id": call.param("list_id"),
        "name": spec.name,
        "hasSelectiveAccess": spec.selective_access,
        "properties": [
            {"name": name, "format": number_format, "notes": "", "referencedBy": ""}
            for name, number_format in spec.properties.items()
        ],
        "productionData": spec.production,
        "managedBy": "",
        "numberedList": spec.numbered,
        "useTopLevelAsPageDefault": False,
        "itemCount": len(call.model.state.lists[spec.name].members),
        "workflowEnabled": False,
        "permittedItems": 0,
    }
    if spec.parent is not None:
        metadata["parent"] = {"id": call.model.catalogue.dimension_id(spec.parent), "name": spec.parent}
    return call.envelope("list", metadata=metadata)


async def _members(call: ModelCall) -> Response:
    spec = _spec(call)
    members = call.model.state.lists[spec.name].members
    if len(members) > call.tenant.list_read_limit:
        raise ApiError(400, f"The list has more than {call.tenant.list_read_limit} items")
    include_all = call.flag("includeAll")
    if call.request.headers.get("accept", "").startswith("text/csv"):
        return Response(_members_as_csv(call, include_all=include_all), media_type="text/csv")
    bodies = _member_bodies(call, spec, include_all=include_all)
    return call.envelope("list", **({"listItems": bodies} if bodies else {}))


def _member_bodies(call: ModelCall, spec: ListSpec, *, include_all: bool) -> list[dict[str, Any]]:
    members = call.model.state.lists[spec.name].members.values()
    return [_member_body(call, spec, member, include_all=include_all) for member in members]


def _member_body(call: ModelCall, spec: ListSpec, member: Member, *, include_all: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"id": member.id, "name": member.name}
    if member.code:
        body["code"] = member.code
    parent = call.model.state.parent_of(member)
    if parent is not None:
        body |= {"parent": parent.name, "parentId": parent.id}
    if spec.parent is not None:
        body |= {"listId": call.model.catalogue.dimension_id(spec.parent), "listName": spec.parent}
    if include_all:
        body["subsets"] = {name: name in member.subsets for name in spec.subsets}
        body["properties"] = {name: member.properties.get(name, "") for name in spec.properties}
    return body


def _members_as_csv(call: ModelCall, *, include_all: bool) -> str:
    spec = _spec(call)
    names = ["id", "name", "code", "parent", "parentId", "listId", "listName"]
    return _csv(call, spec, {name: name for name in names}, extra=include_all)


def members_of_pages(call: ModelCall) -> str:
    """The members of the call's list as the pages of a read request have them: names have no title, and no ids.

    Raises:
        ApiError: the model has no such list.
    """
    spec = _spec(call)
    access = {"Write": "write", "Read": "read"} if spec.selective_access else {}
    return _csv(call, spec, {"": "name", "Parent": "parent", **access, "Code": "code"}, extra=True)


def _csv(call: ModelCall, spec: ListSpec, columns: Mapping[str, str], *, extra: bool) -> str:
    """One line a member below a header: these columns, then subsets and properties."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, *((*spec.subsets, *spec.properties) if extra else ())])
    for body in _member_bodies(call, spec, include_all=True):
        subsets = [str(body["subsets"][name]).lower() for name in spec.subsets]
        more = [*subsets, *(body["properties"][name] for name in spec.properties)]
        writer.writerow([*(body.get(key, "") for key in columns.values()), *(more if extra else ())])
    return text.getvalue()


async def _write(call: ModelCall) -> Response:
    action = call.query("action")
    if action not in {"add", "delete"}:
        raise ApiError(400, f"Unknown action {action!r}")
    entries, writer = await _begin_write(call, structural=True)
    done = writer.add(entries) if action == "add" else writer.delete(entries)
    return _written(call, "added" if action == "add" else "deleted", done, len(entries), writer)


async def _update(call: ModelCall) -> Response:
    entries, writer = await _begin_write(call, structural=False)
    return _written(call, "updated", writer.update(entries), len(entries), writer)


async def _begin_write(call: ModelCall, *, structural: bool) -> tuple[list[Any], ListWriter]:
    spec = _spec(call)
    if not call.user.is_workspace_admin:
        raise ApiError(403)
    if structural and call.model.active_state == "PRODUCTION" and not spec.production:
        raise ApiError(425)
    entries = (await call.fields()).get("items")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ApiError(400, "items is not a list of objects")
    if len(entries) > _MAX_WRITES:
        raise ApiError(400, f"More than {_MAX_WRITES} items in one call")
    return entries, ListWriter(call.model.state, spec)


def _written(call: ModelCall, verb: str, done: int, total: int, writer: ListWriter) -> Response:
    payload: dict[str, Any] = {verb: done, "ignored": total - done, "total": total}
    if writer.failures and verb == "deleted" and not call.tenant.delete_failures_on_top:
        payload = {"result": {"numberOfItemsDeleted": done, "failures": writer.failures}}
    elif writer.failures and verb != "updated":  # an update tells by `ignored` alone
        payload["failures"] = writer.failures
    return call.envelope("list", **payload)


async def _reset_index(call: ModelCall) -> Response:
    spec = _spec(call)
    if not call.user.is_workspace_admin:
        raise ApiError(403)
    members = call.model.state.lists[spec.name]
    if members.members:
        raise ApiError(400, "We can't reset the list item index of a list that contains data.")
    call.model.state.list_for_change(spec.name).next_index = 0
    return Response(status_code=200)


def _spec(call: ModelCall) -> ListSpec:
    spec = call.model.catalogue.lists.get(call.param("list_id"))
    if spec is None:
        raise ApiError(404)
    return spec
