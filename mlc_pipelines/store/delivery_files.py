"""The files of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class DeliveryFiles:
    """Where a delivery keeps its rows.

    Attributes:
        folder: of all of them.
    """

    folder: str

    @classmethod
    def of(cls, delivery_id: str) -> Self:
        """Those of a new delivery."""
        return cls(f"deliveries/{delivery_id}")

    @property
    def target(self) -> str:
        """All rows that the model holds once it is accepted, without the zeros."""
        return f"{self.folder}/target.parquet"

    @property
    def sent(self) -> str:
        """The rows that are sent: what changed since the delivery before, or all of them."""
        return f"{self.folder}/sent.parquet"

    @property
    def rejected(self) -> str:
        """Anaplan's failure dump, if there was one."""
        return f"{self.folder}/rejected.parquet"

    @property
    def removed(self) -> str:
        """The codes of the list members to delete, if there are any."""
        return f"{self.folder}/removed.parquet"
