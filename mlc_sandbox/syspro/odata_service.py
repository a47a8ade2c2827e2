"""The OData 4 service: SQL tables as entity sets, to read only (docs/vendors/syspro.md, section B1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from mlc_sandbox.odata import Dialect, Filter, ODataError, compare_values, compile_filter, order_by, sort_records
from mlc_sandbox.rest import refusals
from mlc_sandbox.syspro.books import Books
from mlc_sandbox.syspro.books.schema import STAMP, Column, TableSchema
from mlc_sandbox.syspro.books.table import Row
from mlc_sandbox.syspro.metadata import metadata_xml, service_document
from mlc_sandbox.syspro.rendering import rows_as_json
from mlc_sandbox.syspro.switches import Switches

_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$skip", "$count", "$format"})
_JSON = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"


class Refusal(refusals.Refusal):
    """A request that OData refuses; answered in its error envelope."""

    content_type = _JSON

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, {"error": {"code": "", "message": message}}, {"odata-version": "4.0"})


@dataclass(frozen=True)
class ODataService:
    """Answers reads of one company database."""

    books: Books
    switches: Switches

    def answer(self, entity_set: str, options: Mapping[str, str], url: str) -> Response:
        """Answer a read.

        Args:
            entity_set: the path below the company; empty for the service document.
            options: query parameters.
            url: address of the company.

        Raises:
            Refusal: as the vendor refuses.
        """
        try:
            if not entity_set:
                return _answer(service_document(url))
            if entity_set == "$metadata":
                return Response(metadata_xml(), headers={"content-type": "application/xml", "odata-version": "4.0"})
            return self._read(entity_set, options, url)
        except ODataError as error:
            raise Refusal(400, f"The query specified in the URI is not valid. {error}") from error

    def _read(self, entity_set: str, options: Mapping[str, str], url: str) -> Response:
        table = self.books.tables.get(entity_set)
        if table is None:
            raise Refusal(404, f"No HTTP resource was found that matches the request URI '{url}/{entity_set}'.")
        if entity_set in self.switches.denied_tables:
            raise Refusal(403, f"The SELECT permission was denied on the object '{entity_set}'.")
        unknown = [name for name in options if name.startswith("$") and name not in _OPTIONS]
        if unknown:
            raise ODataError(f"The query parameter '{unknown[0]}' is not supported.")
        schema = table.schema
        columns = _selected(schema, options.get("$select"))
        skip, top = _count(options, "$skip") or 0, _count(options, "$top")
        with self.books.lock:
            rows = self._matching(schema, options.get("$filter"))
        rows = _ordered(schema, rows, options.get("$orderby"))
        asked = rows[skip:] if top is None else rows[skip : skip + top]
        page = asked[: self.switches.max_rows]
        head = {"@odata.context": f"{url}/$metadata#{entity_set}{_projection(options)}"}
        if options.get("$count") == "true":
            head["@odata.count"] = len(rows)  # pyright: ignore[reportArgumentType] - a number among texts
        body = json.dumps(head, ensure_ascii=False)[:-1]
        body += f', "value": {rows_as_json(page, columns, padded=self.switches.padded_codes)}'
        if self.switches.next_link and len(page) < len(asked):
            following = {**options, "$skip": str(skip + len(page))}
            if top is not None:
                following["$top"] = str(top - len(page))
            body += f', "@odata.nextLink": {json.dumps(f"{url}/{entity_set}?{urlencode(following)}")}'
        return Response(body + "}", headers=_headers())

    def _matching(self, schema: TableSchema, text: str | None) -> Sequence[Row]:
        table = self.books.tables[schema.name]
        if text is None:
            return table.rows()
        passes = compile_filter(text, _DIALECT, _read_value)
        for name in passes.properties:
            _known(schema, name)
            if name == STAMP:
                raise ODataError("A binary operator with incompatible types was detected: 'Edm.Binary'.")
        return [row for row in table.where(**_equalities(schema, passes)) if passes(row)]


def _read_value(row: Row, name: str) -> object:
    return row[name]


def _compare(left: Any, right: Any) -> int:
    """As SQL Server with a binary collation: letters' case counts, spaces at the end don't.

    See docs/vendors/syspro.md, section B1.
    """
    if isinstance(left, int) and isinstance(right, int):
        return left - right
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.rstrip(" "), right.rstrip(" ")
    return compare_values(left, right)


_DIALECT = Dialect(literals={"iso"}, functions={"startswith", "endswith", "contains"}, compare=_compare)


def _equalities(schema: TableSchema, passes: Filter) -> dict[str, object]:
    """What an index can find: columns that must equal a value.

    Raises:
        ODataError: a column is compared with a value of another type.
    """
    equal: dict[str, object] = {}
    for name, operator, value in passes.required:
        column = _known(schema, name)
        if value is not None and not isinstance(value, _literal_types(column)):
            raise ODataError(f"A binary operator with incompatible types was detected: '{name}' and {value!r}.")
        if operator == "eq" and column.kind != "date":
            equal[name] = value.rstrip(" ") if isinstance(value, str) else value
    return equal


def _literal_types(column: Column) -> tuple[type, ...]:
    if column.kind == "number":
        return (int, Decimal)
    return (date,) if column.kind == "date" else (str,)


def _known(schema: TableSchema, name: str) -> Column:
    column = schema.columns.get(name)
    if column is None:
        raise ODataError(f"Could not find a property named '{name}' on type 'SysproOData.{schema.name}'.")
    return column


def _selected(schema: TableSchema, text: str | None) -> Sequence[Column]:
    if text is None or text.strip() == "*":
        return list(schema.columns.values())
    return [_known(schema, name.strip()) for name in text.split(",")]


def _projection(options: Mapping[str, str]) -> str:
    return f"({options['$select'].replace(' ', '')})" if "$select" in options else ""


def _ordered(schema: TableSchema, rows: Sequence[Row], text: str | None) -> Sequence[Row]:
    if text is None:
        return rows
    order = order_by(text)
    columns = [_known(schema, name) for name, _ in order]
    if not any(column.kind == "date" for column in columns) and not any(descending for _, descending in order):
        # Dates alone can be null; without them SQL's order is that of Python, and a page of thousands comes at once.
        return sorted(rows, key=itemgetter(*(column.name for column in columns)))
    return sort_records(rows, order, _read_value)


def _count(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise ODataError(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _headers() -> dict[str, str]:
    return {"content-type": _JSON, "odata-version": "4.0"}


def _answer(content: Mapping[str, object]) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), headers=_headers())
