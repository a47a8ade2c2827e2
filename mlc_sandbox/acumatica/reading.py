"""GET: lists and single records (docs/vendors/acumatica.md, section 5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from uuid import UUID

from mlc_sandbox.acumatica.books import Batch
from mlc_sandbox.acumatica.calls import Answer, Call
from mlc_sandbox.acumatica.labels import label
from mlc_sandbox.acumatica.records import Record, Table
from mlc_sandbox.acumatica.refusals import bad_request, failed, no_record, not_optimised, unknown_name
from mlc_sandbox.acumatica.resource import Resource
from mlc_sandbox.acumatica.shapes import FORMS, Shape, shape_of
from mlc_sandbox.acumatica.view import View, view_of
from mlc_sandbox.odata import Dialect, ODataError, compile_filter

_DIALECT = Dialect(
    literals=("date", "datetimeoffset", "guid", "suffixes"), functions=("startswith", "endswith", "substringof")
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CUSTOM = re.compile(r"cf\.\w+\(f='([^']*)'\)")


class Reading(Resource):
    """Answers reads of records."""

    def list(self, call: Call, entity: str) -> Answer:
        """All records that the filter lets through, as a bare array.

        Raises:
            Refusal: as the vendor refuses.
        """
        shape = shape_of(entity)
        view = view_of(shape, call.query)
        skip, top = _count(call.query, "$skip") or 0, _count(call.query, "$top")
        if FORMS[entity].inquiry:
            raise not_optimised(next(iter(shape.details)), "Filter")
        self._check_optimisable(entity, view)
        text, language = call.query.get("$filter", ""), call.renderer.language
        found = self.select(entity, text, archived=_wants_archived(call), language=language)
        rows: list[Record] = []
        for number, record in enumerate(found):
            if top is not None and number >= skip + top:
                break
            if number >= skip:
                rows.append(record)
        return Answer(body=call.renderer.array(rows, view))

    def select(self, entity: str, text: str, *, archived: bool = False, language: str = "en-US") -> Iterator[Record]:
        """The records that a filter lets through, in the order of lists.

        Raises:
            Refusal: the filter can't be understood or evaluated.
        """
        table = self._books.tables[entity]
        test = _compiled(text, shape_of(entity), language) if text.strip() else None
        hidden = self._switches.hidden.get(entity)
        for record in table.by_keys() if self._switches.keys_ascending else table.heap():
            if (record.archived and not archived) or (hidden and "/".join(table.key(record)) in hidden):
                continue
            try:
                if test is None or test(record):
                    yield record
            except ODataError as error:
                raise _filter_failed(error) from error

    def single(self, call: Call, entity: str, key: tuple[str, ...]) -> Answer:
        """One record by its key or id.

        Raises:
            Refusal: 500 when there is none.
        """
        view = view_of(shape_of(entity), call.query)
        record = self.find(entity, key)
        return Answer(body=call.renderer.record(record, view))

    def find(self, entity: str, key: tuple[str, ...]) -> Record:
        """A record by its key or, when there is one part only, its id.

        Raises:
            Refusal: 500 when there is none.
        """
        table: Table[Record] | None = self._books.tables.get(entity)
        if table is None:
            raise no_record()
        parts = tuple(part for text in key for part in text.split("|"))
        record = table.by_id(parts[0]) if len(parts) == 1 and _GUID.fullmatch(parts[0]) else table.by_key(*parts)
        if record is None or "/".join(table.key(record)) in self._switches.hidden.get(entity, ()):
            raise no_record()
        return record

    def batch(self, key: tuple[str, ...]) -> Batch:
        """A batch by its key or id, as `find`."""
        return cast("Batch", self.find("JournalTransaction", key))

    def _check_optimisable(self, entity: str, view: View) -> None:
        for name in sorted(self._switches.unoptimisable.get(entity, ())):
            if name in view.names or name in view.parts:
                raise not_optimised(name, name)


def _compiled(text: str, shape: Shape, language: str) -> Callable[[Any], bool]:
    def shown(record: Record, path: str) -> object:
        return label(path, _read(record, path), language)

    try:
        compiled = compile_filter(text, _DIALECT, shown)
    except ODataError as error:
        raise _filter_failed(error) from error
    for path in compiled.properties:
        _check_path(path, shape)
    return compiled


def _check_path(path: str, shape: Shape) -> None:
    if path == "id" or _CUSTOM.fullmatch(path):
        return
    *links, name = path.split("/")
    for link in links:
        if link in shape.details:
            raise failed(
                f"The field {path} of a detail cannot be used in a filter.", "System.InvalidOperationException"
            )
        if link not in shape.links:
            raise unknown_name()
        shape = shape.links[link]
    if name not in shape.types:
        raise unknown_name()


def _read(record: Record, path: str) -> object:
    if path == "id":
        return UUID(record.id)
    if custom := _CUSTOM.fullmatch(path):
        return record.custom.get(custom[1])
    *links, name = path.split("/")
    for link in links:
        if link not in record.links:
            return None
        record = record.links[link]
    return record.fields.get(name)


def _filter_failed(error: ODataError) -> Exception:
    if "incompatible types" in str(error):
        return failed(
            f"A binary operator with incompatible types was detected: {error}", "System.InvalidOperationException"
        )
    return failed(f"The filter is invalid: {error}", "Microsoft.OData.Core.ODataException")


def _count(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise bad_request("The request is invalid.", **{name: [f"The value '{text}' is not valid."]})
    return int(text)


def _wants_archived(call: Call) -> bool:
    return call.headers.get("px-apiarchive", "").upper() == "SHOW"
