"""Certificates that run out: told well ahead, once at each of a few marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from mlc_pipelines.anaplan import AnaplanClient
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import MlcError
from mlc_pipelines.flows.checks import CERTIFICATE_VALID
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.results import CheckResult

MARKS = (60, 30, 14, 7)
"""Days before the end at which people are told."""


CERTIFICATE_DAYS = 30
"""Days that a certificate has to be good for."""


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

    @classmethod
    def of(cls, tenant: str, client: AnaplanClient, clock: Clock) -> Self | None:
        """That of the certificate by which a tenant signs in; None where it uses none."""
        expires_at = client.certificate_expires_at
        return None if expires_at is None else cls(tenant, expires_at, (expires_at - clock.now()).days)

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
                expiry = Expiry.of(tenant.tenant, client, runtime.clock)
        except MlcError:
            continue  # `mlc ping` and the tenant's own runs tell it
        if expiry is not None:
            yield expiry


def certificate_check(expiry: Expiry | None) -> CheckResult:
    """Whether a certificate, where one is used, is good for a while."""
    if expiry is None:
        return CERTIFICATE_VALID.result(passed=True, message="No certificate is used.")
    return CERTIFICATE_VALID.result(passed=expiry.days > CERTIFICATE_DAYS, message=str(expiry))


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
