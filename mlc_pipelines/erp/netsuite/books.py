"""The accounting books and subsidiaries that the connection chooses, as the account knows them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from mlc_pipelines.erp.netsuite.statement import Query
from mlc_pipelines.erp.netsuite.suiteql import SuiteQl
from mlc_pipelines.erp.netsuite.words import BOOK_FLAG
from mlc_pipelines.errors import BadRequest, ConfigurationError, Forbidden, NotFound

PRIMARY_BOOK = "1"
"""Id of the primary book in every account (docs/vendors/netsuite.md, section 4.1)."""


@dataclass(frozen=True)
class Book:
    """An accounting book.

    Attributes:
        id: internal id.
        name: as people see it.
        primary: the account's primary book.
        base: id of the book that this one only adjusts; empty for a full book.
    """

    id: str
    name: str
    primary: bool
    base: str = ""


def find_books(suiteql: SuiteQl) -> list[Book] | None:
    """The books of the account; None where it has no table of books, or the role can't read it.

    Raises:
        DataError: a book says neither yes nor no.
    """
    query = Query("SELECT id, name, isprimary, isadjustmentonly, basebook FROM accountingbook ORDER BY id ASC")
    try:
        rows = suiteql.texts(query)
    except (BadRequest, Forbidden, NotFound):
        return None
    return [
        Book(
            row["id"],
            row.get("name", ""),
            BOOK_FLAG.one(row.get("isprimary"), f"accountingbook {row['id']}: isprimary"),
            row.get("basebook", "")
            if BOOK_FLAG.one(row.get("isadjustmentonly"), f"accountingbook {row['id']}: isadjustmentonly")
            else "",
        )
        for row in rows
    ]


def chosen_books(books: Sequence[Book] | None, wanted: str | None) -> tuple[str, ...]:
    """Ids of the books to read: the wanted one, else the primary; with the base book of one that only adjusts.

    Raises:
        ConfigurationError: the account has no such book.
    """
    if not books:
        if wanted not in {None, PRIMARY_BOOK}:
            raise ConfigurationError(
                f"accounting_book: {wanted!r} can't be looked up: the role sees no accounting books.",
                hint="Leave it out for the primary book, or give the role the permission Lists > Accounting Book.",
            )
        return (PRIMARY_BOOK,)
    if wanted is None:
        return (next((book.id for book in books if book.primary), books[0].id),)
    book = _named(wanted, [(book.id, book.name) for book in books], "accounting_book")
    base = next(candidate.base for candidate in books if candidate.id == book)
    return (base, book) if base else (book,)


def chosen_subsidiaries(suiteql: SuiteQl, wanted: Sequence[str]) -> tuple[str, ...]:
    """Ids of the wanted subsidiaries.

    Raises:
        ConfigurationError: the account has no such subsidiary.
    """
    rows = suiteql.texts(Query("SELECT id, name, fullname FROM subsidiary ORDER BY id ASC"))
    names = [(row["id"], name) for row in rows for name in {row.get("name", ""), row.get("fullname", "")}]
    return tuple(dict.fromkeys(_named(each, names, "subsidiaries") for each in wanted))


def _named(wanted: str, names: Sequence[tuple[str, str]], key: str) -> str:
    """The id of what is wanted by id or name."""
    found = {number for number, _ in names if wanted == number} or {number for number, name in names if wanted == name}
    if len(found) == 1:
        return found.pop()
    known = sorted({f"{name} ({number})" for number, name in names})
    if found:
        raise ConfigurationError(
            f"{key}: {wanted!r} names several: ids {', '.join(sorted(found))}.", hint="Write the id."
        )
    near = difflib.get_close_matches(wanted, [name for _, name in names], n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known[:30])}."
    raise ConfigurationError(f"{key}: the account has no {wanted!r}.", hint=hint)
