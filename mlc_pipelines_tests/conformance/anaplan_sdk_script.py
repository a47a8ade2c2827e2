"""Drives the sandbox with anaplan-sdk; run by test_anaplan_sdk.py in an environment that has the package.

Only public hooks of the package are used (docs/vendors/anaplan.md, section 9): a transport that changes the host, and a
worthless token that makes the first call answer 401, so that the log-in goes through that transport too.
Prints one JSON object: what each part of the package saw.
"""

# pyright: reportMissingImports=false
# It runs in an environment of its own, which has what it imports.

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import httpx2
from anaplan_sdk import AsyncClient, Client
from anaplan_sdk.exceptions import InvalidIdentifierException


class Redirected(httpx2.HTTPTransport):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = httpx2.URL(base)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return super().handle_request(_redirected(request, self._base))


class AsyncRedirected(httpx2.AsyncHTTPTransport):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = httpx2.URL(base)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await super().handle_async_request(_redirected(request, self._base))


def _redirected(request: httpx2.Request, base: httpx2.URL) -> httpx2.Request:
    assert request.url.host.endswith("anaplan.com"), request.url
    headers = httpx2.Headers(request.headers)
    headers["host"] = f"{base.host}:{base.port}"
    # A new request, because the package sends the same one again after logging in.
    return httpx2.Request(
        request.method,
        request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port),
        headers=headers,
        stream=request.stream,
        extensions=request.extensions,
    )


def main() -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    client = Client(
        asked["workspace_id"],
        asked["model_id"],
        user_email=asked["user"],
        password=asked["password"],
        token="worthless",
        transport=Redirected(asked["url"]),
        upload_chunk_size=64,
        status_poll_delay=0,  # type: ignore[arg-type]
    )
    seen: dict[str, Any] = {}
    discovery(client, seen)
    seen["errors"] = errors(client, asked)
    seen["transactional"] = transactional(client)
    seen["uploads"] = files(client, asked)
    seen["certificate"] = certificate(asked)
    seen["async"] = asyncio.run(asynchronously(asked))
    json.dump(seen, sys.stdout)


def discovery(client: Client, seen: dict[str, Any]) -> None:
    lists: dict[str, Callable[[], list[Any]]] = {
        "workspaces": client.get_workspaces,
        "models": client.get_models,
        "files": client.get_files,
        "imports": client.get_imports,
        "exports": client.get_exports,
        "actions": client.get_actions,
        "processes": client.get_processes,
        "lists": client.tr.get_lists,
        "modules": client.tr.get_modules,
        "views": client.tr.get_views,
        "line_items": client.tr.get_line_items,
    }
    for name, ask in lists.items():
        seen[name] = {entry.name: str(entry.id) for entry in ask()}
    seen["sorted_models"] = [model.name for model in client.get_models(sort_by="name", descending=True)]
    seen["model_running"] = client.get_model().model_transaction_running
    seen["workspace"] = client.get_workspace().name
    seen["status"] = client.tr.get_model_status().current_step
    client.tr.wake_model()


def errors(client: Client, asked: dict[str, Any]) -> list[str]:
    found: list[str] = []
    try:
        client.with_model("0" * 32).get_imports()
    except InvalidIdentifierException:
        found.append("unknown model")
    try:
        client.with_model(asked["model_id"].lower()).get_imports()
    except InvalidIdentifierException:
        found.append("wrong case")
    return found


def transactional(client: Client) -> dict[str, Any]:
    list_id = next(entry.id for entry in client.tr.get_lists() if entry.name == "Accounts")
    module_id = next(entry.id for entry in client.tr.get_modules() if entry.name == "GL")
    added = client.tr.insert_list_items(
        list_id, [{"name": "Fees", "code": "6100", "properties": {"Type": "Expense"}}, {"name": "Cash", "code": "x"}]
    )
    updated = client.tr.update_list_items(list_id, [{"code": "6100", "name": "Bank fees"}])
    codes = {entry.code: entry.name for entry in client.tr.get_list_items(list_id)}
    written = client.tr.update_module_data(
        module_id,
        [
            {
                "lineItemName": "Amount",
                "dimensions": [
                    {"dimensionName": "Accounts", "itemCode": "6100"},
                    {"dimensionName": "Time", "itemName": "Jan 26"},
                    {"dimensionName": "Versions", "itemName": "Actual"},
                ],
                "value": 12.5,
            }
        ],
    )
    looked_up = client.tr.lookup_dimension_items(list_id, codes=["6100"])
    deleted = client.tr.delete_list_items(list_id, [{"code": "6100"}])
    metadata = client.tr.get_list_metadata(list_id)
    return {
        "added": added.added,
        "ignored": [failure.index for failure in added.failures],
        "updated": updated.updated,
        "name": codes["6100"],
        "written": written,
        "looked_up": [entry.name for entry in looked_up],
        "deleted": deleted.deleted,
        "count": metadata.item_count,
        "view": [entry.name for entry in client.tr.get_view_info(module_id).rows],
    }


def files(client: Client, asked: dict[str, Any]) -> dict[str, Any]:
    imports = {entry.name: entry for entry in client.get_imports()}
    actuals = imports["Load Actuals"]
    assert actuals.file_id is not None
    rows = asked["rows"]
    # One after the other: the package's parallel upload drops errors (docs/vendors/anaplan.md, section 9).
    client.upload_parallel = False
    client.upload_file(actuals.file_id, rows)
    task = client.run_action(actuals.id)
    client.upload_file_stream(actuals.file_id, iter([rows[:40], rows[40:]]))
    again = client.run_action(actuals.id)
    process = next(entry for entry in client.get_processes() if entry.name == "Nightly")
    nested = client.run_action(process.id)
    export = next(entry for entry in client.get_exports() if entry.name == "Actuals out")
    content = client.export_and_download(export.id)
    streamed = b"".join(client.get_file_stream(export.id))
    return {
        "details": task.result.details[0].values,
        "dump": task.result.failure_dump_available,
        "again": again.result.details[0].type,
        "nested": len(nested.result.nested_results),
        "tasks": len(client.get_task_summaries(actuals.id)),
        "export": content.decode(),
        "streamed": streamed == content,
    }


def certificate(asked: dict[str, Any]) -> str:
    client = Client(
        asked["workspace_id"],
        asked["model_id"],
        certificate=asked["certificate"],
        private_key=asked["private_key"],
        token="worthless",
        transport=Redirected(asked["url"]),
    )
    return client.get_model().name


async def asynchronously(asked: dict[str, Any]) -> list[str]:
    client = AsyncClient(
        asked["workspace_id"],
        asked["model_id"],
        user_email=asked["user"],
        password=asked["password"],
        token="worthless",
        transport=AsyncRedirected(asked["url"]),
        page_size=1,
    )
    return [entry.name for entry in await client.get_imports()]


if __name__ == "__main__":
    main()
