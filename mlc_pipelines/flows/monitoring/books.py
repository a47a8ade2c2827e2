"""When each tenant's books were asked last, what was found in them, and when they are asked next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlc_pipelines.config import Tenant
from mlc_pipelines.flows.asset_name import books_asset
from mlc_pipelines.flows.monitoring.status import GREEN, PAUSED, RED, shown
from mlc_pipelines.flows.polling.due import asked_at, cadence, is_closing
from mlc_pipelines.flows.runtime import Runtime

READ_BY_A_RUN = "read by a run"


def books_states(runtime: Runtime, tenant: str | None) -> list[dict[str, Any]]:
    """Per tenant of which something ran: whether it is paused and why, and of each entity what polls did.

    They are of the form of `partition_states`, of no period, with `paused` and `polls` beside. One is red where an
    entity could not be asked the last time; `next` lies in the past where nothing asks any more, and is None of a
    paused tenant.
    """
    asked = asked_at(runtime)
    feeds: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in runtime.snapshots.changes.feeds(tenant):
        feeds.setdefault(row["tenant"], {})[row["entity"]] = row
    return [
        _state(runtime, found, asked[name], feeds.get(name, {}))
        for name, found in sorted(runtime.configuration.tenants.items())
        if name in asked and tenant in (None, name)
    ]


def _state(
    runtime: Runtime, tenant: Tenant, asked: Mapping[str, datetime], feeds: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    calendar, schedule = runtime.calendar(tenant), tenant.schedule
    closing = is_closing(calendar, runtime.clock.now())
    polls: list[dict[str, Any]] = []
    red: list[dict[str, Any]] = []
    for name, entity in runtime.erp(tenant).entities.items():
        if name not in tenant.loads:
            continue
        last, feed = asked.get(name), feeds.get(name)
        coming = None
        if last and not schedule.paused:
            coming = cadence(tenant, entity, closing=closing).next(last, calendar)
        if feed and feed["error"]:
            times = f", {feed['failures_in_row']} times in a row" if feed["failures_in_row"] > 1 else ""
            why = f"{name} could not be asked{times}: {feed['error']}"
            red.append({"asset": str(books_asset(tenant.erp_kind)), "why": why})
        polls.append(
            {
                "entity": name,
                "asked_at": last and last.astimezone(calendar.timezone).isoformat(timespec="seconds"),
                "found": _found(feed, last),
                "next": coming and coming.isoformat(timespec="seconds"),
            }
        )
    state = shown({}, red, [])
    state["state"] = RED if red else PAUSED if schedule.paused else GREEN
    because = schedule.because if schedule.paused else None
    return {"tenant": tenant.tenant, "period": None, **state, "paused": because, "polls": polls}


def _found(feed: Mapping[str, Any] | None, last: datetime | None) -> str | None:
    """What the newest poll found, in words; or that a run read the entity since."""
    if feed and feed["error"]:
        return "could not be asked"
    if feed is None or (last is not None and last > feed["asked_at"]):
        return READ_BY_A_RUN if last else None
    figures = feed["figures"]
    periods = ", ".join(figures.get("periods", ()))
    if records := figures.get("records_changed", 0):
        return f"{records} records changed" + (f", of {periods}" if periods else "")
    return f"other rows in {periods}" if periods else "nothing changed"
