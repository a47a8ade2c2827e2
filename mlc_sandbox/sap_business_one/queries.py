"""Query options of entity sets, and pages (docs/vendors/sap_business_one.md, section 4)."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mlc_sandbox.odata import Filter, ODataError, compile_filter, order_by, sort_records
from mlc_sandbox.sap_business_one.answers import Answer, Call, bad_query, json_answer
from mlc_sandbox.sap_business_one.books import Books
from mlc_sandbox.sap_business_one.books.table import Table
from mlc_sandbox.sap_business_one.literals import dialect, reader
from mlc_sandbox.sap_business_one.schema import ENTITY_SETS, EntityType
from mlc_sandbox.sap_business_one.switches import Switches
from mlc_sandbox.sap_business_one.wire import Record, encoder_of, etag

_OPTIONS = {"$filter", "$select", "$orderby", "$top", "$skip", "$expand", "$apply"}
_COUNT_OPTION = {
    "v1": ("$inlinecount", {"allpages": True, "none": False}),
    "v2": ("$count", {"true": True, "false": False}),
}
_EXPANDED = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?")


@dataclass(frozen=True)
class Page:
    """What of a result is sent, and how the client goes on."""

    skip: int
    size: int | None
    left: int | None
    """Rows that `$top` still allows, this page included."""
    applied: Mapping[str, str]


class EntityQueries:
    """Answers GET on entity sets."""

    def __init__(self, books: Books, switches: Switches) -> None:
        self._books = books
        self._switches = switches

    def known(self, entity_type: EntityType) -> frozenset[str]:
        """The properties and collections that this server has of a type."""
        hidden = set(self._switches.rejected_properties)
        if not self._switches.external_ref_field:
            hidden.add("U_ExternalRef")
        return frozenset([*entity_type.properties, *entity_type.lines]) - hidden

    def compile(self, call: Call, entity_type: EntityType, text: str) -> Filter:
        """The filter of a type.

        Raises:
            Refusal: it can't be understood, or names a property that isn't there.
        """
        folded = self._switches.case_insensitive or call.headers.get("b1s-caseinsensitive", "").lower() == "true"
        try:
            compiled = compile_filter(text, dialect(call.version, case_insensitive=folded), reader(entity_type))
        except ODataError as error:
            raise bad_query(f"Query string error - {error}") from error
        self.require_header(entity_type, compiled.properties)
        return compiled

    def require_header(self, entity_type: EntityType, names: Sequence[str]) -> None:
        """Refuse names that aren't header properties of the type."""
        known = self.known(entity_type)
        for name in names:
            if name not in known or name in entity_type.lines:
                raise bad_query(f"Property '{name}' of '{entity_type.name}' is invalid")

    def count(self, call: Call, entity_set: str) -> Answer:
        """`GET Set/$count`: the number as plain text."""
        text = call.query.get("$filter")
        test = self.compile(call, ENTITY_SETS[entity_set], text) if text else None
        number = sum(1 for _ in _matches(self._books.tables[entity_set], test))
        return Answer(200, str(number), {"content-type": "text/plain;charset=utf-8"})

    def one(self, call: Call, entity_set: str, record: Record) -> Answer:
        """`GET Set(key)`."""
        self._check_options(call, {"$select", "$expand"})
        entity_type = ENTITY_SETS[entity_set]
        body = self._members(call, entity_type, [record])[0]
        head = _context(call, f"{entity_set}/{'@Element' if call.version == 'v1' else '$entity'}")
        headers = {"etag": etag(record)} if entity_type.etag else None
        return json_answer(call.version, f"{{{head},{body}}}", headers=headers)

    def many(self, call: Call, entity_set: str) -> Answer:
        """`GET Set`: one page."""
        name, values = _COUNT_OPTION[call.version]
        self._check_options(call, {*_OPTIONS, name})
        if (wish := call.query.get(name, next(reversed(values)))) not in values:
            raise bad_query(f"Invalid value '{wish}' of {name}")
        entity_type, table = ENTITY_SETS[entity_set], self._books.tables[entity_set]
        page = self.page_of(call)
        text, counted = call.query.get("$filter"), values[wish]
        test = self.compile(call, entity_type, text) if text else None
        order = self._order(call, entity_type)
        by_key = not order or order[0] == (entity_type.key, False)
        matches = _matches(table, test)
        if by_key and not counted and page.size is not None and not self._switches.pages_shift:
            rows = list(islice(matches, page.skip, page.skip + page.size + 1))
            total = page.skip + len(rows)
        else:
            everything = list(matches)
            if not by_key:
                everything = sort_records(everything, order, reader(entity_type))
            elif self._switches.pages_shift and not order:
                random.shuffle(everything)
            total, rows = len(everything), everything[page.skip :]
        shown = cut(rows, page)
        count = total if counted else None
        bodies = self._members(call, entity_type, shown)
        return self.page_answer(call, entity_set, bodies, page, more=len(rows) > len(shown), count=count)

    def page_of(self, call: Call) -> Page:
        """Where the page begins and how long it may be: `Prefer` before `B1S-PageSize` before the server's own."""
        switches = self._switches
        size, applied = switches.page_size, {}
        wish = re.search(r"odata\.maxpagesize=(\d+)", call.headers.get("prefer", ""))
        option = call.headers.get("b1s-pagesize", "")
        if switches.honours_page_size and (wish or option.isdigit()):
            size = int(wish[1]) if wish else int(option)
            cap = switches.largest_page
            size = cap if cap is not None and (size == 0 or size > cap) else size
            applied = {"preference-applied": f"odata.maxpagesize={size}"} if wish else {}
        return Page(_whole(call, "$skip") or 0, size or None, _whole(call, "$top"), applied)

    def page_answer(
        self, call: Call, entity_set: str, bodies: Sequence[str], page: Page, *, more: bool, count: int | None = None
    ) -> Answer:
        """The envelope around a page's rows."""
        v1 = call.version == "v1"
        parts = [_context(call, entity_set)]
        if count is not None:
            parts.append(f'"odata.count":"{count}"' if v1 else f'"@odata.count":{count}')
        inside = "},{".join(bodies)
        parts.append(f'"value":[{{{inside}}}]' if bodies else '"value":[]')
        if more and (page.left is None or page.left > len(bodies)):
            parts.append(f'"{"" if v1 else "@"}odata.nextLink":"{self._next_link(call, page, len(bodies))}"')
        return json_answer(call.version, "{" + ",".join(parts) + "}", headers=page.applied)

    def _next_link(self, call: Call, page: Page, sent: int) -> str:
        query = {**call.query, "$skip": str(page.skip + sent)}
        if page.left is not None:
            query["$top"] = str(page.left - sent)
        options = urlencode(query, quote_via=quote, safe="$(),'/:")
        text = f"{quote(call.path)}?{options}"
        return text if self._switches.next_link == "relative" else f"{urlsplit(call.root).path}/{text}"

    def _order(self, call: Call, entity_type: EntityType) -> list[tuple[str, bool]]:
        if "$orderby" not in call.query:
            return []
        try:
            order = order_by(call.query["$orderby"])
        except ODataError as error:
            raise bad_query(f"Query string error - {error}") from error
        self.require_header(entity_type, [name for name, _ in order])
        return order

    def _members(self, call: Call, entity_type: EntityType, records: Sequence[Record]) -> list[str]:
        moments = call.version == "v2" and self._switches.v2_dates == "moment"
        names = self._selected(entity_type, call.query.get("$select"))
        encoder = encoder_of(entity_type, names, moments=moments)
        bodies = [encoder.members(record) for record in records]
        if entity_type.etag:
            label = '"odata.etag":' if call.version == "v1" else '"@odata.etag":'
            tags = [label + '"' + etag(record).replace('"', '\\"') + '"' for record in records]
            bodies = [f"{tag},{body}" if body else tag for tag, body in zip(tags, bodies, strict=True)]
        for name, select in self._expanded(call, entity_type):
            entity_set, here = entity_type.navigation[name]
            other = ENTITY_SETS[entity_set]
            inner = encoder_of(other, self._selected(other, select), moments=moments)
            found = [self._books.tables[entity_set].get(record[here]) for record in records]
            texts = [f"{{{inner.members(target)}}}" if target else "null" for target in found]
            bodies = [f'{body},"{name}":{text}' for body, text in zip(bodies, texts, strict=True)]
        return bodies

    def _selected(self, entity_type: EntityType, text: str | None) -> frozenset[str]:
        known = self.known(entity_type)
        if not text:
            return known
        names = [name.strip() for name in text.split(",")]
        for name in names:
            if name not in known:
                raise bad_query(f"Property '{name}' of '{entity_type.name}' is invalid")
        return frozenset(names)

    def _expanded(self, call: Call, entity_type: EntityType) -> list[tuple[str, str | None]]:
        text = call.query.get("$expand")
        if not text:
            return []
        match = _EXPANDED.fullmatch(text)
        if match is None or match[1] not in entity_type.navigation or (match[2] and call.version == "v1"):
            raise bad_query(f"invalid navigation property '{match[1] if match else text}'")
        return [(match[1], match[2])]

    @staticmethod
    def _check_options(call: Call, allowed: set[str]) -> None:
        for name in call.query:
            if name.startswith("$") and name not in allowed:
                raise bad_query(f"Query string error - option {name} is not supported here")


def cut(rows: Sequence[Any], page: Page) -> Sequence[Any]:
    """The rows of the page, from rows that begin where it begins."""
    sizes = [size for size in (page.size, page.left) if size is not None]
    return rows[: min(sizes)] if sizes else rows


def _matches(table: Table, test: Filter | None) -> Any:
    if test is None:
        return iter(table.in_order())
    return _tested(table, test)


def _tested(table: Table, test: Filter) -> Any:
    try:
        for record in table.candidates(test.required):
            if test(record):
                yield record
    except ODataError as error:
        raise bad_query(f"Query string error - {error}") from error


def _context(call: Call, what: str) -> str:
    return f'"{"odata.metadata" if call.version == "v1" else "@odata.context"}":"{call.root}/$metadata#{what}"'


def _whole(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise bad_query(f"Invalid value '{text}' of {name}")
    return int(text)
