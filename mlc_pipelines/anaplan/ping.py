"""Trying the Anaplan side live, for `mlc ping`."""

from __future__ import annotations

from datetime import timedelta

from mlc_pipelines.anaplan.api import PREFIX
from mlc_pipelines.anaplan.connect import Hosts
from mlc_pipelines.anaplan.discovery import Discovery, describe_model
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import MlcError
from mlc_pipelines.findings import Finding

_LARGEST_SKEW = timedelta(seconds=60)
_EXPIRES_SOON = timedelta(days=30)


def ping(hosts: Hosts, clock: Clock) -> list[Finding]:
    """Credentials, certificate, clocks, workspace, model and rights; it ends where the next step needs a failed one."""
    findings = [_certificate(hosts, clock)] if hosts.certificate else []
    try:
        user = hosts.api.get(f"{PREFIX}/users/me").inner("user").text("email")
    except MlcError as error:
        return [*findings, _failed("credentials", error)]
    findings.append(Finding("credentials", ok=True, message=f"signed in as {user}"))
    findings.append(_clocks(hosts))
    try:
        model = describe_model(hosts.api)
    except MlcError as error:
        return [*findings, _failed("model", error)]
    message = f"{model.name!r} in workspace {model.workspace!r}, {model.state}"
    findings.append(Finding("model", ok=not model.obstacle, message=message, remedy=model.obstacle))
    try:
        count = len(Discovery(hosts.api).actions())
    except MlcError as error:
        return [*findings, _failed("actions", error)]
    findings.append(
        Finding("actions", ok=True, message=f"{count} seen")
        if count
        else Finding(
            "actions", ok=False, message="none seen", remedy="Have a model builder give the user a model role."
        )
    )
    return findings


def _failed(subject: str, error: MlcError) -> Finding:
    return Finding(subject, ok=False, message=error.message, remedy=error.hint)


def _certificate(hosts: Hosts, clock: Clock) -> Finding:
    if hosts.certificate is None:
        raise ValueError("This log-in has no certificate.")
    expires_at = hosts.certificate.expires_at
    well = expires_at - clock.now() > _EXPIRES_SOON
    message = f"valid until {expires_at:%Y-%m-%d %H:%M} UTC"
    remedy = f"Have a new one issued and register it in Anaplan. {hosts.certificate.remedy}"
    return Finding("certificate", ok=well, message=message, remedy="" if well else remedy)


def _clocks(hosts: Hosts) -> Finding:
    skew = hosts.api.skew
    well = abs(skew) < _LARGEST_SKEW
    message = f"Anaplan's clock is {skew.total_seconds():+.0f} s from ours"
    return Finding("clock", ok=well, message=message, remedy="" if well else "Set this machine's clock by NTP.")
