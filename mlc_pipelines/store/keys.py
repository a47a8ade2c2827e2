"""What stored things belong to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PartitionKey:
    """One entity of one tenant as of one fiscal period.

    >>> str(PartitionKey("acme", "gl_activity", "FY2026-P05"))
    'acme/gl_activity/FY2026-P05'
    """

    tenant: str
    entity: str
    period: str

    def __str__(self) -> str:
        return f"{self.tenant}/{self.entity}/{self.period}"


@dataclass(frozen=True)
class LoadKey(PartitionKey):
    """One load of a partition, such as `import Load Actuals`: its deliveries follow each other."""

    load: str
