"""How an entity of the Service Layer is declared: our fields, the entity set and the properties behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from mlc_pipelines.erp.base import Entity

MOMENT = pa.timestamp("s")
"""Date-times: in the server's local time, which the Service Layer doesn't name
(docs/vendors/sap_business_one.md, section 4)."""

LINES = "JournalEntryLines"
"""The one collection whose members are rows: always inline, never expanded
(docs/vendors/sap_business_one.md, section 4)."""

CANCEL_STATUS = "CancelStatus"
"""Tells the cancellation of a document from a document; newer servers have it."""


@dataclass(frozen=True)
class ServiceLayerEntity(Entity):
    """An entity and where the Service Layer has it. A field's `source` is its property; one without is derived.

    Attributes:
        entity_set: name of the entity set; case matters (docs/vendors/sap_business_one.md, section 1).
        authorization: what the user needs in General Authorizations to read it.
        placed_by: property with the posting date, for facts.
        sign: 1, or -1 for documents that lower what the others add up to; 0 for records that are no documents.
    """

    entity_set: str = ""
    authorization: str = ""
    placed_by: str = ""
    sign: int = 0

    @property
    def record_key(self) -> str:
        """The entity set's key property."""
        return self.field(self.key[0]).source

    @property
    def document(self) -> tuple[str, ...]:
        """The key of a record of the entity set."""
        return self.key[:1]

    @property
    def has_lines(self) -> bool:
        """Whether a record is several rows."""
        return len(self.key) > 1

    @property
    def asked(self) -> tuple[str, ...]:
        """Conditions of the server's sums that name a word: cancelled documents count nothing."""
        return tuple(
            f"{each.source} eq '{word}'"
            for each in self.deciding
            if each.words
            for word in each.words.of(decision=False)
        )

    @property
    def keys_only(self) -> ServiceLayerEntity:
        """The same records without anything but their key."""
        key = self.key[:1]
        return replace(self, fields=(self.field(key[0]),), key=key, modified=None, sign=0, auxiliary=())
