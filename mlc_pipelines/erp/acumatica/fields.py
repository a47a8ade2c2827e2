"""How an Acumatica entity is declared: our fields, and the endpoint's records and fields behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, RATE, Entity, Field
from mlc_pipelines.vocabulary import Vocabulary

TIMESTAMP = pa.timestamp("us", tz="UTC")
"""Moments come with their offset (docs/vendors/acumatica.md, section 4)."""

CustomName = Literal["custom_1", "custom_2", "custom_3", "custom_4", "custom_5"]
CUSTOM_FIELDS: tuple[CustomName, ...] = get_args(CustomName)
"""Fields of every entity that is read as records, for what a tenant added to the ERP itself."""


@dataclass(frozen=True)
class AcumaticaEntity(Entity):
    """An entity and where the endpoint has it.

    A field's `source` is its path in a record, with the `value` that wraps it; a field without one is worked out.

    Attributes:
        record: name of the endpoint's entity.
        form: number of the screen behind it, for rights.
        lines: key of the record whose value is its lines; the entity then has a row a line.
        keeps_bare: a record without lines has a row all the same, of line 0.
        placed_by: how a fact's records are found: by the period they post to, or by a date where they have none; an
            inquiry is asked for a period.
        dated_by: the field of that date.
        treated: figures whose sign a word decides.
        treated_by: the field with that word, which may also say that the row is none of the entity.
        before_24: a field as versions of the endpoint before 24.200.001 have it.
    """

    record: str = ""
    form: str = ""
    lines: str | None = None
    keeps_bare: bool = False
    placed_by: Literal["posting period", "date", "inquiry"] | None = None
    dated_by: str = ""
    treated: tuple[str, ...] = ()
    treated_by: str = ""
    before_24: Field | None = None

    def in_version(self, version: str) -> AcumaticaEntity:
        """The entity as that version of the endpoint has it."""
        older = self.before_24
        if older is None or int(version.partition(".")[0]) >= 24:
            return self
        return replace(self, fields=tuple(older if field.name == older.name else field for field in self.fields))

    @property
    def document(self) -> tuple[str, ...]:
        """Fields that identify a record of the endpoint, whether or not it has lines."""
        return self.key[:-1] if self.lines else self.key

    def wire(self, name: str) -> str:
        """The endpoint's name of a field, as `$filter` and `$select` take it."""
        return self.field(name).source.removesuffix("/value")


def text(
    name: str,
    source: str,
    meaning: str,
    *,
    required: bool = False,
    personal: bool = False,
    words: Vocabulary | None = None,
) -> Field:
    """A text; blanks around it are cut off."""
    return Field(name, pa.string(), meaning, f"{source}/value", required, personal, words)


def flag(name: str, source: str, meaning: str) -> Field:
    """True or false."""
    return Field(name, pa.bool_(), meaning, f"{source}/value")


def day(name: str, source: str, meaning: str, *, required: bool = False) -> Field:
    """A date: the day as it is written, whatever the offset behind it."""
    return Field(name, pa.date32(), meaning, f"{source}/value", required)


def money(name: str, source: str, meaning: str, *, required: bool = False) -> Field:
    """An amount."""
    return Field(name, MONEY, meaning, f"{source}/value", required)


def rate(name: str, source: str, meaning: str) -> Field:
    """A quantity or a price of one."""
    return Field(name, RATE, meaning, f"{source}/value")


def line_number(meaning: str, source: str = "") -> Field:
    """The number of a line in its document."""
    return Field("line_number", pa.int64(), meaning, source, required=True)


def period(source: str) -> Field:
    """The period that a record posts to."""
    return text("period_id", source, "The period it posts to, as Acumatica writes it: MMYYYY.", required=True)


def modified(source: str = "LastModifiedDateTime") -> Field:
    """The record's change stamp."""
    return Field("modified_at", TIMESTAMP, "Last change of the record.", f"{source}/value")


def base_amount(of: str) -> Field:
    """The amount in base currency, which the endpoint has only where a tenant says so."""
    return Field("base_amount", MONEY, f"Amount of the {of} in base currency, where `base_amounts` says where it is.")


def custom() -> tuple[Field, ...]:
    """The fields that a tenant's `custom_fields` fills."""
    return tuple(
        Field(name, pa.string(), "A field of your own, named by `custom_fields` of the connection; else empty.")
        for name in CUSTOM_FIELDS
    )
