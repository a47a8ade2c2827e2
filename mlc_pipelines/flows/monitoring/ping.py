"""Ping: try both sides of a tenant live, before a load finds out in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain

from mlc_pipelines.anaplan import AnaplanClient
from mlc_pipelines.config import ClearingAction, FieldColumn, Load, Plan, Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import MlcError
from mlc_pipelines.findings import Finding
from mlc_pipelines.flows.delivery.columns import load_name
from mlc_pipelines.flows.delivery.writers import open_writer
from mlc_pipelines.flows.landing.calendar import calendar_finding
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
        for name in dict.fromkeys(name for load in _loads(tenant) for name in load.members.values()):
            yield from _tried(f"list {name}", lambda name=name: [_ping_list(runtime, client, tenant, name)])


def _ping_load(runtime: Runtime, client: AnaplanClient, load: Load, entity: Entity) -> Iterator[Finding]:
    target = open_writer(load, entity, client, runtime).target
    yield Finding(load_name(load), ok=True, message=f"found, with columns {', '.join(load.columns)}")
    if not target.form.unicode:
        message = f"its file's encoding is {target.form.encoding}, which lacks letters that names may have"
        yield Finding(load_name(load), ok=True, message=message, remedy=_UNICODE, warning=True)
    if isinstance(load.absent, ClearingAction):
        client.action("action", load.absent.action)
        yield Finding(f"action {load.absent.action}", ok=True, message="found")


def _ping_plan(client: AnaplanClient, plan: Plan) -> Iterator[Finding]:
    form = client.export_form(client.action("export", plan.export))
    named = [plan.columns.account, plan.columns.period.column, plan.columns.amount, plan.approved.column]
    missing = [column for column in dict.fromkeys(named) if form.headers and column not in form.headers]
    message = f"its file has no column {', '.join(missing)}" if missing else f"found, with {', '.join(form.headers)}"
    remedy = f"Its columns are: {', '.join(form.headers)}." if missing else ""
    yield Finding(f"export {plan.export}", ok=not missing, message=message, remedy=remedy)


_UNICODE = "Have a model builder set it to UTF-8, so that no load stops at a name one day."


def _loads(tenant: Tenant) -> Iterator[Load]:
    return chain.from_iterable(tenant.loads.values())


def _ping_list(runtime: Runtime, client: AnaplanClient, tenant: Tenant, name: str) -> Finding:
    """Whether codes have members to go to. In a fresh model the tenant's own loads bring them."""
    count = client.list_members(name).num_rows
    users = [f"column {header} of {load_name(load)}" for load in _loads(tenant) for header in _columns(load, name)]
    more = f" and {len(users) - 1} more" if len(users) > 1 else ""
    message = f"{count} members, for {users[0]}{more}"
    if count:
        return Finding(f"list {name}", ok=True, message=message)
    filling = list(_filling(runtime, tenant, name))
    if filling:
        remedy = f"The first run of {', '.join(filling)} fills it."
        return Finding(f"list {name}", ok=True, message=message, remedy=remedy, warning=True)
    remedy = "No load of this tenant fills it, and no code finds a member there: fill it in Anaplan, or add its load."
    return Finding(f"list {name}", ok=False, message=message, remedy=remedy)


def _filling(runtime: Runtime, tenant: Tenant, name: str) -> Iterator[str]:
    """The loads that seem to fill a list. Anaplan doesn't tell an import's target, so names have to.

    That of the action may hold the list's; or that of the loaded dimension is in the list's own name, or in those of
    the fields that are looked up in the list.
    """
    fields = {
        column.field
        for load in _loads(tenant)
        for header in _columns(load, name)
        if isinstance(column := load.columns[header], FieldColumn)
    }
    named = re.compile(rf"(?i)(?<!\w){re.escape(name)}(?!\w)")
    for entity, loads in tenant.loads.items():
        word = entity.rpartition("_")[2].removesuffix("s")
        near = any(part.startswith(word) for text in (name, *fields) for part in _WORDS.findall(text.casefold()))
        dimension = runtime.erp(tenant).entities[entity].kind == "dimension"
        for load in loads:
            if load.action_kind == "list":
                fills = load.action_name == name
            else:
                fills = dimension and (near or bool(named.search(load.action_name)))
            if fills and name not in load.members.values():
                yield load_name(load)


_WORDS = re.compile(r"[^\W_]+")


def _columns(load: Load, name: str) -> list[str]:
    """The columns whose values a list must hold."""
    return [header for header, each in load.members.items() if each == name]
