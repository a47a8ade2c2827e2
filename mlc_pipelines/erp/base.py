"""What every ERP gives the flows: entities, a source that reads them, and the ERP's own control totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

import pyarrow as pa

from mlc_pipelines.clock import Clock
from mlc_pipelines.config import SecretRef, set_again
from mlc_pipelines.findings import Finding
from mlc_pipelines.fiscal import Period
from mlc_pipelines.vocabulary import Vocabulary, refuse_unknown

if TYPE_CHECKING:
    from mlc_pipelines.http import TokenCache
    from mlc_pipelines.store.db import Database

MONEY = pa.decimal128(38, 6)
"""Amounts: exact, six places (currencies have up to four)."""

RATE = pa.decimal128(38, 15)
"""Exchange rates and unit prices: exact."""


@dataclass(frozen=True)
class Field:
    """One column of an entity.

    Attributes:
        name: our name, snake case, the same for the same thing in every ERP.
        type: Arrow type of the landed column; money is `MONEY`, never a float.
        meaning: what it is, for `mlc entities` and the column description in the UI.
        source: the ERP's own name or expression, read by that ERP's package only.
        required: a null here is a fault of the record.
        personal: personal data (names of people, mail): never shown in metadata or logs.
        words: the closed table of its values, where they decide something here: a sign, a state, whether a row counts.
            A field that is only shown takes every word.
    """

    name: str
    type: pa.DataType
    meaning: str
    source: str = ""
    required: bool = False
    personal: bool = False
    words: Vocabulary | None = None


@dataclass(frozen=True)
class Entity:
    """One kind of ERP record, declared once; parser, snapshot schema and checks follow from it.

    Attributes:
        name: as users write it in `loads:`.
        kind: a dimension feeds lists and is landed whole; a fact belongs to a fiscal period.
        meaning: one sentence for users.
        fields: the columns in order.
        key: names of the fields that identify a record; a read never repeats one, and comes
            in an order that is the same for the same content.
        modified: field with the ERP's change stamp, if it has one.
        watermark: field (a moment or a rising number) whose highest value seen is where the next change feed begins;
            None where the ERP tells of no changes, so that only full reads find them.
        period: field that says which period a fact belongs to, for users.
        refers_to: names of the dimension entities that a fact's codes come from.
        repeats: dimension -> fields of its that rows of this entity repeat, such as an account's name: when one of
            them changes, rows change of which the change feed tells nothing.
        amount: field whose sum is tied out (signed, debit positive for GL), for facts.
        currency: field with the currency that `amount` is in; None where it is the company's own.
        debit, credit: fields of the two sides, where the entity is a ledger.
        control_by: field by which control totals are grouped (the account, the vendor).
        auxiliary: fields of the wire that others are derived from; they are not landed.
        unproven: what the control totals can't prove, for they are derived by the same words as the rows, such as
            `the sign that document_type gives`; empty where they come another way.
    """

    name: str
    kind: Literal["dimension", "fact"]
    meaning: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    modified: str | None = None
    watermark: str | None = None
    period: str | None = None
    refers_to: tuple[str, ...] = ()
    repeats: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    amount: str | None = None
    currency: str | None = None
    debit: str | None = None
    credit: str | None = None
    control_by: str | None = None
    auxiliary: tuple[Field, ...] = ()
    unproven: str = ""

    @property
    def deciding(self) -> tuple[Field, ...]:
        """The fields whose words decide something."""
        return tuple(field for field in (*self.fields, *self.auxiliary) if field.words)

    def check_words(self, columns: Mapping[str, Any]) -> None:
        """That every word that decides something is known.

        Args:
            columns: of some rows, by the field's name; fields that are not there are not looked at.

        Raises:
            DataError: one is not; names entity, record, field and word.
        """
        key = {name: columns[name] for name in self.key if name in columns}
        for each in self.deciding:
            if each.words and each.name in columns:
                refuse_unknown(self.name, each.name, each.words, columns[each.name], key)

    @property
    def document(self) -> tuple[str, ...]:
        """Fields that identify what a feed tells of: the key, without the line where a record is several rows."""
        return self.key

    @property
    def asked(self) -> tuple[str, ...]:
        """Conditions of its queries that name a word of the ERP: rows without it never come."""
        return ()

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of a landed batch, without the provenance columns."""
        return pa.schema([pa.field(f.name, f.type, nullable=not f.required) for f in self.fields])

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            KeyError: there is none.
        """
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


@dataclass(frozen=True)
class ErpPeriod:
    """A fiscal period as the ERP has it.

    Attributes:
        id: the ERP's own, as its queries take it.
        start, end: first and last day, both inside.
        adjustment: it lies over another period's days.
        year, number: of the fiscal year and within it, in the ERP's count; None where the ERP doesn't number.
        name: as people there know it; empty where they say the id.
    """

    id: str
    start: date
    end: date
    adjustment: bool = False
    year: int | None = None
    number: int | None = None
    name: str = ""

    def __str__(self) -> str:
        kind = ", adjustment" if self.adjustment else ""
        number = f", id {self.id}" if self.name else ""
        return f"{self.name or self.id} ({self.start} to {self.end}{kind}{number})"


@dataclass(frozen=True)
class ControlTotal:
    """The ERP's own total of one group of a period. What the ERP doesn't say is None; all else is compared exactly.

    Attributes:
        group: value of `Entity.control_by`; None for a total of the whole. Beside it may stand those of groups that the
            ERP keeps elsewhere, such as balances by account; one without figures leaves its group uncompared.
        rows: how many rows there are.
        amount, debit, credit: sums of the fields that the entity names so.
        records: how many documents, for an ERP that counts those and not their lines: distinct keys without their last
            field. Of a total of the whole only.
    """

    group: str | None
    rows: int | None = None
    amount: Decimal | None = None
    debit: Decimal | None = None
    credit: Decimal | None = None
    records: int | None = None

    def __post_init__(self) -> None:
        if self.group is None and all(
            said is None for said in (self.rows, self.amount, self.debit, self.credit, self.records)
        ):
            raise ValueError("a control total that says nothing would agree with every read")


@dataclass(frozen=True)
class ReadProgress:
    """Told to the caller while an entity is read: rows so far and, where the ERP says, how many there will be."""

    entity: str
    rows: int
    expected: int | None


_Asked_contra = TypeVar("_Asked_contra", bound=Entity, contravariant=True)


class Source(Protocol[_Asked_contra]):
    """An open connection to one tenant's ERP, which reads entities as its package declares them.

    Safe to use from several threads. Whoever derives from it need not write `changes` for an ERP that tells of none,
    nor `periods` for one that doesn't tell their days.
    """

    def read(self, entity: _Asked_contra, window: Period) -> Iterator[pa.RecordBatch]:
        """The whole entity as of that period (dimension), or its records of that period (fact).

        Batches have `entity.schema`. The read is complete when the iterator ends, or it raises.

        Raises:
            IncompleteRead: the rows read differ from what the ERP says it has.
        """
        ...

    def control(self, entity: _Asked_contra, window: Period) -> Sequence[ControlTotal]:
        """Totals from the ERP by a query of its own, independent of `read`: one per group, or one in all."""
        ...

    def changes(self, entity: _Asked_contra, since: str) -> Iterator[pa.RecordBatch]:
        """The records that changed at or after a watermark, with all their rows and in no promised order.

        The source takes an overlap of its own before the watermark and fixes the upper bound before the first page, so
        that no change is missed; records that a feed before gave may come again, but none comes twice in one feed.

        Args:
            entity: one that has a `watermark`.
            since: the highest value of that field seen so far, as text (ISO 8601 for a moment).

        Raises:
            ValueError: the entity has no watermark.
            IncompleteRead: as for `read`.
        """
        raise ValueError(f"{entity.name}: there is no feed of what changed since {since}")

    def periods(self) -> Sequence[ErpPeriod] | None:
        """The ERP's own fiscal periods in the order of their days; None where it doesn't tell their days."""
        return None

    def ping(self) -> Sequence[Finding]:
        """Credentials, clock skew, rights, features: each tried live."""
        ...

    def close(self) -> None:
        """Log off where the ERP has sessions, and close connections."""
        ...


@dataclass(frozen=True)
class SourceContext:
    """What a source is opened with, besides its connection.

    Attributes:
        tenant: the tenant's name, for locks, token cache keys and messages.
        secret: gives the value of a `{secret: NAME}`.
        database: the shared state for tokens and budgets over processes.
        tokens: the shared token cache.
        clock: time.
        progress: called while reading.
    """

    tenant: str
    secret: Callable[[str], str]
    database: Database
    tokens: TokenCache
    clock: Clock
    progress: Callable[[ReadProgress], None] = field(default=lambda _: None)

    def set_again(self, *references: SecretRef | None) -> str:
        """What to do about a refused credential, as a sentence that names the secrets."""
        return set_again(self.tenant, *references)


_Declared = TypeVar("_Declared", bound=Entity)


@dataclass(frozen=True)
class Erp(Generic[_Declared]):
    """One ERP, as the catalogue lists it.

    Attributes:
        kind: as written in `erp.kind`, also the asset group.
        title: the vendor's name of the product.
        connection: pydantic model of the keys under `erp:` besides `kind`.
        entities: by name, dimensions first.
        open: opens a source.
        takes_journals: False for a one-way ERP: no plan assets exist.
    """

    kind: str
    title: str
    connection: type[Any]
    entities: Mapping[str, _Declared]
    open: Callable[[Any, SourceContext], Source[_Declared]]
    takes_journals: bool = True
