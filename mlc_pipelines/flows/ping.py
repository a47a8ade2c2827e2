"""Ping: try both sides of a tenant live, before a load finds out in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from mlc_pipelines.anaplan import AnaplanClient
from mlc_pipelines.config import ClearingAction, Load, Plan, Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import MlcError
from mlc_pipelines.findings import Finding
from mlc_pipelines.flows.calendar import calendar_finding
from mlc_pipelines.flows.carriers import load_name, open_carrier
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.http import in_a_hurry

_AT_A_TIME = 8


def ping_all(runtime: Runtime, tenants: Iterable[Tenant]) -> dict[str, list[Finding]]:
    """The findings of several tenants by name; they are tried side by side, so that none waits for a dead host."""
    chosen = list(tenants)
    _ = runtime.vault, runtime.tokens  # opened once, for all threads
    with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="ping") as pool:
        found = pool.map(lambda tenant: ping(runtime, tenant), chosen)
        return {tenant.tenant: findings for tenant, findings in zip(chosen, found, strict=True)}


def ping(runtime: Runtime, tenant: Tenant) -> list[Finding]:
    """Credentials, version, clock skew, rights of both sides; every action, file header and list of the loads."""
    sides: dict[str, Callable[[], Iterable[Finding]]] = {
        tenant.erp_kind: lambda: _ping_erp(runtime, tenant),
        "anaplan": lambda: _ping_anaplan(runtime, tenant),
    }
    with ThreadPoolExecutor(len(sides), thread_name_prefix="ping") as pool:
        found = dict(zip(sides, pool.map(_hurried, sides.values()), strict=True))
    return [replace(each, subject=f"{side}: {each.subject}") for side, findings in found.items() for each in findings]


def _hurried(trial: Callable[[], Iterable[Finding]]) -> list[Finding]:
    with in_a_hurry():
        return _tried("connection", trial)


def _tried(subject: str, trial: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What can't even be opened is a finding, not the end: the rest is tried as well."""
    try:
        return list(trial())
    except MlcError as error:
        return [Finding(subject, ok=False, message=error.message, remedy=error.hint)]


def _ping_erp(runtime: Runtime, tenant: Tenant) -> list[Finding]:
    with runtime.source(tenant) as source:
        found = list(source.ping())
        if all(finding.ok for finding in found):
            calendar = runtime.calendar(tenant)
            found += _tried("fiscal calendar", lambda: [calendar_finding(source, calendar)])
        return found


def _ping_anaplan(runtime: Runtime, tenant: Tenant) -> Iterator[Finding]:
    with runtime.anaplan(tenant) as client:
        found = client.ping()
        yield from found
        if not all(finding.ok for finding in found):
            return
        entities = runtime.erp(tenant).entities
        for name, loads in tenant.loads.items():
            for load in loads:
                yield from _tried(load_name(load), partial(_ping_load, runtime, client, load, entities[name]))
        if tenant.plan is not None:
            yield from _tried(f"export {tenant.plan.export}", partial(_ping_plan, client, tenant.plan))


def _ping_load(runtime: Runtime, client: AnaplanClient, load: Load, entity: Entity) -> Iterator[Finding]:
    target = open_carrier(load, entity, client, runtime.snapshots.storage, runtime.clock).target
    yield Finding(load_name(load), ok=True, message=f"found, with columns {', '.join(load.columns)}")
    if not target.form.unicode:
        message = f"its file's encoding is {target.form.encoding}, which lacks letters that names may have"
        yield Finding(load_name(load), ok=True, message=message, remedy=_UNICODE)
    if isinstance(load.absent, ClearingAction):
        client.action("action", load.absent.action)
        yield Finding(f"action {load.absent.action}", ok=True, message="found")
    for header, name in load.members.items():
        count = client.list_members(name).num_rows
        yield Finding(f"list {name}", ok=count > 0, message=f"{count} members, for column {header}", remedy=_EMPTY)


def _ping_plan(client: AnaplanClient, plan: Plan) -> Iterator[Finding]:
    form = client.export_form(client.action("export", plan.export))
    named = [plan.columns.account, plan.columns.period.column, plan.columns.amount, plan.approved.column]
    missing = [column for column in dict.fromkeys(named) if form.headers and column not in form.headers]
    message = f"its file has no column {', '.join(missing)}" if missing else f"found, with {', '.join(form.headers)}"
    remedy = f"Its columns are: {', '.join(form.headers)}." if missing else ""
    yield Finding(f"export {plan.export}", ok=not missing, message=message, remedy=remedy)


_UNICODE = "Have a model builder set it to UTF-8, so that no load stops at a name one day."
_EMPTY = "Load the list first: no row can be mapped to a member of an empty list."
