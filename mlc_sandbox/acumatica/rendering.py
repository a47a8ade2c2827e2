"""Records as JSON, exact to the digit (docs/vendors/acumatica.md, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from mlc_sandbox.acumatica.labels import label
from mlc_sandbox.acumatica.records import Fields, Record
from mlc_sandbox.acumatica.shapes import FORMS, shape_of
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.acumatica.view import View

_IDENTIFIERS = frozenset(
    {"AccountCD", "Account", "SubaccountCD", "Subaccount", "VendorID", "Vendor", "InventoryID", "BranchID", "Branch"}
)
_WIDTH = 10


class Renderer:
    """Writes records of an instance.

    Args:
        switches: of the sandbox.
        root: path of the endpoint below the host, for links.
        language: of labels.
    """

    def __init__(self, switches: Switches, root: str, language: str = "en-US") -> None:
        self._switches = switches
        self.language = language
        self._root = root
        self._zone = timezone(timedelta(minutes=switches.utc_offset_minutes))
        self._write: dict[type, Callable[[Any], str]] = {
            str: encode_basestring,
            bool: lambda value: "true" if value else "false",
            int: str,
            Decimal: lambda value: format(value, "f"),
            datetime: self._moment,
            date: self._day,
        }

    def array(self, records: Iterable[Record], view: View) -> str:
        """A list's body."""
        return "[" + ",".join([self.record(record, view, number) for number, record in enumerate(records, 1)]) + "]"

    def record(self, record: Record, view: View, number: int = 1) -> str:
        """One record."""
        parts = [f'"id":"{record.id}","rowNumber":{number},"note":{{"value":""}}', *self._fields(record.fields, view)]
        for name, part in view.parts.items():
            if name in view.shape.links:
                linked = record.links.get(name)
                parts.append(f'"{name}":{self.record(linked, part) if linked else "null"}')
            else:
                parts.append(f'"{name}":{self.array(record.rows(name), part)}')
        if self._switches.unexpanded == "empty":
            parts += [f'"{name}":[]' for name in view.unexpanded]
        in_lines = {path for rows in record.details.values() for row in rows for path in row.custom}
        custom = [path for path in view.custom if path not in in_lines]
        parts.append(f'"custom":{self._custom(record.custom, custom)}')
        parts.append(self._links(record, view.shape.name))
        return "{" + ",".join(parts) + "}"

    def _fields(self, fields: Fields, view: View) -> Sequence[str]:
        write = self._write
        found: list[str] = []
        for name in view.names:
            value = label(name, fields.get(name), self.language)
            if value is None:
                # A null field is an object without `value`.
                found.append(f'"{name}":{{}}')
            else:
                if self._switches.padded_codes and name in _IDENTIFIERS:
                    value = str(value).ljust(_WIDTH)
                elif self._switches.dashed_periods and name == "FinancialPeriodID":
                    value = f"{str(value)[:2]}-{str(value)[2:]}"
                found.append(f'"{name}":{{"value":{write[type(value)](value)}}}')
        return found

    def _custom(self, values: Mapping[str, str | Decimal], wanted: Sequence[str]) -> str:
        views: dict[str, list[str]] = {}
        for path in wanted:
            view, _, name = path.partition(".")
            value = values.get(path)
            kind = "Decimal" if isinstance(value, Decimal) else "String"
            inner = f'"type":"Custom{kind}Field"'
            if value is not None:
                inner += f',"value":{self._write[type(value)](value)}'
            views.setdefault(view, []).append(f'"{name}":{{{inner}}}')
        return "{" + ",".join(f'"{view}":{{{",".join(inner)}}}' for view, inner in views.items()) + "}"

    def _links(self, record: Record, entity: str) -> str:
        if entity not in FORMS:
            return '"_links":{}'
        files = f"{self._root}/files/{FORMS[entity].screen}/{entity}/{record.id}/{{filename}}"
        return f'"_links":{{"self":"{self._root}/{entity}/{record.id}","files:put":"{files}"}}'

    def _moment(self, value: datetime) -> str:
        here = value.astimezone(self._zone)
        return f'"{here.isoformat(timespec="milliseconds" if here.microsecond else "seconds")}"'

    def _day(self, value: date) -> str:
        return f'"{datetime(value.year, value.month, value.day, tzinfo=self._zone).isoformat()}"'


def empty_record(entity: str) -> str:
    """The template of `$adHocSchema`."""

    def template(name: str) -> str:
        shape = shape_of(name)
        parts = [f'"{field}":{{}}' for field in shape.types]
        parts += [f'"{detail}":[{template(rows.name)}]' for detail, rows in shape.details.items()]
        parts += [f'"{link}":{template(linked.name)}' for link, linked in shape.links.items()]
        return "{" + ",".join(parts) + "}"

    return template(entity)
