"""The record API's endpoints for journalEntry (docs/vendors/netsuite.md, section 5.1)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mlc_sandbox.netsuite.books import Books
from mlc_sandbox.netsuite.journals import JournalRecords
from mlc_sandbox.netsuite.journals.body import read_body
from mlc_sandbox.netsuite.journals.search import find_journals
from mlc_sandbox.netsuite.journals.view import RECORD_PATH, JournalView
from mlc_sandbox.netsuite.queries import COLLECTION, check_parameters, page_bounds, page_links
from mlc_sandbox.netsuite.refusals import Refusal, invalid_parameter, nonexistent
from mlc_sandbox.netsuite.switches import Switches

SINGULAR = "application/vnd.oracle.resource+json; type=singular; charset=UTF-8"
_NAME_VALIDATION = "x-netsuite-propertynamevalidation"


class RecordEndpoints:
    """Answers what is under `RECORD_PATH`."""

    def __init__(self, books: Books, switches: Switches) -> None:
        self._books = books
        self._switches = switches
        self._journals = JournalRecords(books, switches)

    def answer(self, request: Request, body: bytes, base_url: str) -> Response:
        """Answer a request.

        Raises:
            Refusal: as of docs/vendors/netsuite.md, sections 5.1 to 5.6.
        """
        parts = request.url.path.removeprefix(RECORD_PATH).strip("/").split("/")
        record_type = parts[0]
        if record_type.lower() != "journalentry":
            raise nonexistent(f"Record type '{record_type}' does not exist.", request.url.path)
        if "respond-async" in request.headers.get("prefer", "").lower():
            raise Refusal(
                400, "INVALID_HEADER", "The sandbox has no asynchronous requests.", where={"o:errorHeader": "Prefer"}
            )
        call = {
            ("GET", 1): self._list,
            ("POST", 1): self._create,
            ("GET", 2): self._read,
            ("PUT", 2): self._upsert,
            ("PATCH", 2): self._update,
            ("DELETE", 2): self._delete,
        }.get((request.method, len(parts)))
        if call is None and request.method == "GET" and len(parts) == 3 and parts[2] == "line":
            call = self._read_lines
        if call is None:
            raise Refusal(400, "INVALID_REQUEST", f"{request.method} is not supported here.")
        key = request.path_params.get("rest", "").split("/")[1:2]
        return call(request, key[0] if key else "", body, base_url)

    def _list(self, request: Request, _key: str, _body: bytes, base_url: str) -> Response:
        limit, offset = page_bounds(request.query_params, ("q", "limit", "offset"))
        found = find_journals(self._books, request.query_params.get("q", ""), self._switches.date_format)
        view = self._view(request, base_url)
        items = [
            {"links": [{"rel": "self", "href": view.url(number)}], "id": str(number)}
            for number in found[offset : offset + limit]
        ]
        more = offset + len(items) < len(found)
        content = {
            "links": page_links(f"{base_url}{RECORD_PATH}/journalentry", limit, offset, len(found), more=more),
            "count": len(items),
            "hasMore": more,
            "items": items,
            "offset": offset,
            "totalResults": len(found),
        }
        return _json(content, COLLECTION)

    def _create(self, request: Request, _key: str, body: bytes, base_url: str) -> Response:
        check_parameters(request.query_params, ("replace", "fields", "expandSubResources"))
        read = self._read_body(request, body)
        return _saved(read.ignored, self._view(request, base_url).url(self._journals.create(read)))

    def _upsert(self, request: Request, key: str, body: bytes, _base_url: str) -> Response:
        replace_lines = self._replaces_lines(request)
        read = self._read_body(request, body)
        self._journals.upsert(key, read, replace_lines=replace_lines)
        # Without Location: none is documented for it (docs/vendors/netsuite.md, section 5.1).
        return _saved(read.ignored)

    def _update(self, request: Request, key: str, body: bytes, base_url: str) -> Response:
        replace_lines = self._replaces_lines(request)
        read = self._read_body(request, body)
        number = self._journals.update(key, read, replace_lines=replace_lines)
        return _saved(read.ignored, self._view(request, base_url).url(number))

    def _read(self, request: Request, key: str, _body: bytes, base_url: str) -> Response:
        query = request.query_params
        check_parameters(query, ("expandSubResources", "simpleEnumFormat", "fields"))
        number = self._journals.number_of(key)
        expand = query.get("expandSubResources", "").lower() == "true"
        content = self._view(request, base_url).journal(number, self._journals.entry(number), expand=expand)
        if query.get("fields"):
            wanted = {"links", "id", *(name.strip() for name in query["fields"].split(","))}
            content = {name: value for name, value in content.items() if name in wanted}
        return _json(content, SINGULAR)

    def _read_lines(self, request: Request, key: str, _body: bytes, base_url: str) -> Response:
        check_parameters(request.query_params, ("expandSubResources",))
        number = self._journals.number_of(key)
        return _json(self._view(request, base_url).lines(number, self._journals.entry(number)), COLLECTION)

    def _delete(self, request: Request, key: str, _body: bytes, _base_url: str) -> Response:
        check_parameters(request.query_params, ())
        self._journals.delete(key)
        return Response(status_code=204)

    def _read_body(self, request: Request, body: bytes) -> Any:
        return read_body(body, request.headers.get(_NAME_VALIDATION, ""), self._switches.features.enabled())

    def _view(self, request: Request, base_url: str) -> JournalView:
        plain = request.query_params.get("simpleEnumFormat", "").lower() == "true"
        return JournalView(self._books, base_url, self._switches.features.enabled(), plain_enumerations=plain)

    def _replaces_lines(self, request: Request) -> bool:
        check_parameters(request.query_params, ("replace", "replaceSelectedFields"))
        sublists = [name.strip() for name in request.query_params.get("replace", "").split(",") if name.strip()]
        unknown = [name for name in sublists if name not in {"line", "accountingBookDetail"}]
        if unknown:
            raise invalid_parameter(f"Invalid query parameter value {unknown[0]} for replace.", "replace")
        return "line" in sublists


def _json(content: dict[str, Any], content_type: str) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), headers={"content-type": content_type})


def _saved(ignored: list[str], location: str | None = None) -> Response:
    headers = {} if location is None else {"Location": location}
    if ignored:
        text = f'299 - "Unknown properties were ignored: {", ".join(ignored)}"'
        headers["Warning"] = text.encode("ascii", "replace").decode()
    return Response(status_code=204, headers=headers)
