"""Single records, and the dimensions (docs/vendors/visma_net.md, sections 6, 6.4 and 9)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from mlc_sandbox.visma_net.books import Books
from mlc_sandbox.visma_net.books.records import Segment
from mlc_sandbox.visma_net.lists import LISTINGS, Record
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.refusals import not_found, unknown_operation
from mlc_sandbox.visma_net.views import master
from mlc_sandbox.visma_net.views.style import Style, version_stamp

_ENCODED = re.compile(r"b64\((.*)\)")

# Resource -> its records and what names one of them in the path.
_KEYS: dict[str, tuple[Callable[[Books], Iterable[Record]], Callable[[Record], str]]] = {
    "purchaseorder": (lambda books: books.orders.values(), lambda one: one.number),
    "purchaseorderbasic": (lambda books: books.orders.values(), lambda one: one.number),
    "account": (lambda books: books.company.accounts, lambda one: one.number),
    "subaccount": (lambda books: books.company.subaccounts, lambda one: one.number),
    "supplier": (lambda books: books.company.suppliers, lambda one: one.number),
    "financialperiod": (lambda books: books.company.periods.values(), lambda one: one.id),
    "branch": (lambda books: books.company.branches, lambda one: one.number),
    "department": (lambda books: books.company.departments, lambda one: one.id),
    "journaltransaction": (lambda books: books.batches.values(), lambda one: one.number),
}


def single(books: Books, style: Style, address: tuple[str, str], keys: list[str], query: Query) -> tuple[Any, str]:
    """One record and its ETag, which is empty where it has none.

    Args:
        books: where it is looked for.
        style: formats.
        address: version and resource, in lower case.
        keys: the rest of the path.
        query: parameters.

    Raises:
        Refusal: 404.
    """
    style.for_version(books.version)
    if address == ("v1", "dimension"):
        return _dimension(books, style, keys, query)
    listing = LISTINGS.get(address)
    if listing is None:
        raise unknown_operation()
    record = _find(books, listing.resource, [_decoded(key) for key in keys])
    modified: datetime | None = listing.modified(record) if listing.modified else None
    return listing.view(style, record, query), version_stamp(modified) if modified else ""


def _find(books: Books, resource: str, keys: list[str]) -> Record:
    if resource == "supplierinvoice":
        for one in books.invoices.values():
            wanted = [one.type.lower(), one.number][-len(keys) :]
            if [*(key.lower() for key in keys[:-1]), keys[-1]] == wanted:
                return one
        raise not_found("Supplier invoice", "/".join(keys))
    if resource not in _KEYS or len(keys) != 1:
        raise unknown_operation()
    records, key = _KEYS[resource]
    for one in records(books):
        if key(one) == keys[0]:
            return one
    raise not_found(resource, keys[0])


def _dimension(books: Books, style: Style, keys: list[str], query: Query) -> tuple[Any, str]:
    if not keys:
        return [dimension.id for dimension in books.company.dimensions], ""
    dimension = next((one for one in books.company.dimensions if one.id.lower() == keys[0].lower()), None)
    if dimension is None:
        raise not_found("Dimension", keys[0])
    if len(keys) == 1:
        return master.dimension(style, dimension, query), ""
    segment = next((one for one in dimension.segments if str(one.id) == keys[1]), None)
    if segment is None:
        raise not_found("Segment", keys[1])
    if len(keys) == 2:
        return master.segment(style, segment, list(segment.values.values())), version_stamp(segment.modified)
    return _segment_value(style, segment, keys[2:])


def _segment_value(style: Style, segment: Segment, keys: list[str]) -> tuple[Any, str]:
    if len(keys) == 1:
        value = segment.values.get(_from_base64(keys[0]))
    elif len(keys) == 2 and keys[0].lower() == "publicid":
        value = next((one for one in segment.values.values() if one.public_id == keys[1].lower()), None)
    else:
        raise unknown_operation()
    if value is None:
        raise not_found("Segment value", keys[-1])
    return master.segment_value(style, value), version_stamp(value.modified)


def _decoded(key: str) -> str:
    """A key of a path; one with reserved characters comes as `b64(...)` (docs/vendors/visma_net.md, section 3)."""
    encoded = _ENCODED.fullmatch(key)
    return _from_base64(encoded[1]) if encoded else key


def _from_base64(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
