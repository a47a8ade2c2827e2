"""How a NetSuite entity is declared: our fields, and the SuiteQL and account features behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pyarrow as pa

from mlc_pipelines.erp.base import Entity, Field

TIMESTAMP = pa.timestamp("s")
"""Date-times: in the account's time zone, which SuiteQL doesn't name (docs/vendors/netsuite.md, section 3.4)."""


class Feature(StrEnum):
    """What an account may lack: its columns are then unknown identifiers (docs/vendors/netsuite.md, section 3.5)."""

    SUBSIDIARIES = "OneWorld (subsidiaries)"
    DEPARTMENTS = "departments"
    CLASSES = "classes"
    LOCATIONS = "locations"
    CURRENCIES = "multiple currencies"
    BOOKS = "accounting books"
    ACCOUNT_NUMBERS = "account numbers"


@dataclass(frozen=True)
class Column(Field):
    """A field whose `source` is a SuiteQL expression.

    Attributes:
        needs: the feature without which the expression doesn't exist.
        otherwise: the expression that takes its place then; empty for null.
    """

    needs: Feature | None = None
    otherwise: str = ""

    @property
    def alias(self) -> str:
        """Name in the select list: lower case, as SuiteQL answers, and never a reserved word."""
        return f"f_{self.name}"


@dataclass(frozen=True)
class Join:
    """A left join of an entity's query; left out where nothing of it is asked for, or the account lacks the feature.

    Attributes:
        table: with its alias.
        on: the condition.
        needs: the feature without which the table or a column in `on` doesn't exist.
        of_book: the table has a row for each accounting book, and that of the book to be read is meant.
    """

    table: str
    on: str
    needs: Feature | None = None
    of_book: bool = False

    @property
    def alias(self) -> str:
        """What the table is called in the query."""
        return self.table.split()[1]


@dataclass(frozen=True)
class NetSuiteEntity(Entity):
    """An entity and where SuiteQL finds it.

    Attributes:
        table: table with its alias, and the inner joins that every row has.
        joins: left joins, for names and figures of other tables.
        conditions: what holds for every row, besides period, book and subsidiary.
        placed_by: how a fact's rows are found: by the period that they post to, or, where nothing is posted, by the
            transaction's date.
        needs: the feature without which the account has no such records.
        stamp: expression of the record's change stamp; empty where the table has none.
        permission: the role permission that reading it takes.
    """

    table: str = ""
    joins: tuple[Join, ...] = ()
    conditions: tuple[str, ...] = ()
    placed_by: Literal["posting period", "transaction date"] | None = None
    needs: Feature | None = None
    stamp: str = ""
    permission: str = ""

    @property
    def document(self) -> tuple[str, ...]:
        """The internal id, which every key begins with."""
        return self.key[:1]

    @property
    def asked(self) -> tuple[str, ...]:
        """Conditions of its queries that name a word of NetSuite."""
        joined = (condition for join in self.joins for condition in join.on.split(" AND "))
        return tuple(dict.fromkeys(each for each in (*self.conditions, *joined) if "'" in each))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The fields with their expressions."""
        return tuple(field for field in self.fields if isinstance(field, Column))

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the key, in its order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.key)


def day(expression: str) -> str:
    """The expression as ISO date text: a bare date comes in the user's format.

    See docs/vendors/netsuite.md, section 3.2.
    """
    return f"TO_CHAR({expression}, 'YYYY-MM-DD')"


def moment(expression: str) -> str:
    """The expression as ISO date and time text."""
    return f"TO_CHAR({expression}, 'YYYY-MM-DD HH24:MI:SS')"
