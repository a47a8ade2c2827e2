"""Certificates that run out: told well ahead, once at each of a few marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from mlc_pipelines.errors import MlcError
from mlc_pipelines.flows.runtime import Runtime

MARKS = (60, 30, 14, 7)
"""Days before the end at which people are told."""


@dataclass(frozen=True)
class Expiry:
    """The end of a tenant's certificate.

    Attributes:
        tenant: whose.
        expires_at: its last moment.
        days: whole days from now; negative when it has run out.
    """

    tenant: str
    expires_at: datetime
    days: int

    @property
    def mark(self) -> int | None:
        """The smallest mark that is reached, None while there is time."""
        return next((mark for mark in reversed(MARKS) if self.days <= mark), None)

    def __str__(self) -> str:
        state = "has run out" if self.days < 0 else f"runs out in {self.days} days"
        return f"The Anaplan certificate of {self.tenant} {state} ({self.expires_at:%Y-%m-%d})."


def certificate_expiries(runtime: Runtime) -> Iterator[Expiry]:
    """The certificates of all tenants that sign in to Anaplan by one. A tenant's fault never hides another's."""
    for tenant in runtime.configuration.tenants.values():
        try:
            with runtime.anaplan(tenant) as client:
                expires_at = client.certificate_expires_at
        except MlcError:
            continue  # `mlc ping` and the tenant's own runs tell it
        if expires_at is not None:
            yield Expiry(tenant.tenant, expires_at, (expires_at - runtime.clock.now()).days)


def newly_due(expiries: Iterator[Expiry], told: Mapping[str, str]) -> list[Expiry]:
    """Those that reached a mark since they were last told of.

    Args:
        expiries: as of now.
        told: tenant -> `end|mark` of the last message; a new certificate has another end, and is told of anew.
    """
    return [each for each in expiries if each.mark is not None and told.get(each.tenant) != told_as(each)]


def told_as(expiry: Expiry) -> str:
    """How a message is remembered."""
    return f"{expiry.expires_at:%Y-%m-%d}|{expiry.mark}"
