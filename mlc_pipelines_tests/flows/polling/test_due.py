"""Who is due when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from mlc_pipelines.config import Schedule, Tenant
from mlc_pipelines.erp.base import Entity, Field
from mlc_pipelines.fiscal import FiscalCalendar, month_periods
from mlc_pipelines.flows.polling.due import due_close_runs, due_poll

OSLO = ZoneInfo("Europe/Oslo")
CALENDAR = FiscalCalendar("norway", OSLO, month_periods([2025, 2026]), "NO")


def entity(name: str, watermark: str | None = "modified_at") -> Entity:
    field = Field("number", pa.string(), "Number.", required=True)
    return Entity(name=name, meaning="An entity.", kind="fact", fields=(field,), key=("number",), watermark=watermark)


LEDGER, STOCK, MASTERS = entity("gl_activity"), entity("inventory"), entity("accounts", watermark=None)
ENTITIES = [LEDGER, STOCK, MASTERS]


def tenant(**schedule: Any) -> Tenant:
    keys = {"connection": None, "anaplan": None, "loads": {}, "plan": None}
    return Tenant(
        tenant="acme",
        erp_kind="syspro",
        calendar="norway",
        schedule=Schedule.model_validate(schedule),
        **cast("dict[str, Any]", keys),
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def due(found: Tenant, now: str, **asked: str) -> tuple[str, ...]:
    moments = {name: at(text) for name, text in asked.items()}
    poll = due_poll(found, CALENDAR, ENTITIES, moments, at(now))
    return poll.entities if poll else ()


def runs(found: Tenant, now: str) -> list[tuple[str, str, str]]:
    return [(run.period, run.occasion, f"{run.at:%Y-%m-%d %H:%M}") for run in due_close_runs(found, CALENDAR, at(now))]


def test_what_was_never_asked_for_is_due():
    assert due(tenant(), "2026-05-20 10:07") == ("gl_activity", "inventory", "accounts")


def test_changes_by_the_poll_s_cadence_and_what_has_no_feed_once_a_day():
    asked = {"gl_activity": "2026-05-20 10:05", "inventory": "2026-05-20 10:05", "accounts": "2026-05-20 10:05"}
    assert due(tenant(), "2026-05-20 10:14", **asked) == ()
    assert due(tenant(), "2026-05-20 10:15", **asked) == ("gl_activity", "inventory")
    assert due(tenant(), "2026-05-21 00:00", **asked) == ("gl_activity", "inventory", "accounts")


def test_more_often_while_a_close_is_open():
    asked = {"gl_activity": "2026-05-04 10:05", "inventory": "2026-05-04 10:05", "accounts": "2026-05-04 10:05"}
    assert due(tenant(), "2026-05-04 10:10", **asked) == ("gl_activity", "inventory")


def test_an_entity_s_own_cadence_stands_in_and_out_of_the_close():
    own = tenant(entities={"inventory": "0 6 * * MON", "gl_activity": "close", "accounts": "10m"})
    asked = {"gl_activity": "2026-05-04 00:00", "inventory": "2026-05-04 06:00", "accounts": "2026-05-04 06:00"}
    assert due(own, "2026-05-04 23:59", **asked) == ("accounts",)
    assert due(own, "2026-05-05 00:00", **asked) == ("gl_activity", "accounts")
    assert due(own, "2026-05-11 06:00", **asked) == ("gl_activity", "inventory", "accounts")


def test_a_night_without_ticks_is_made_up_for_once():
    asked = {"gl_activity": "2026-05-20 18:00", "inventory": "2026-05-20 18:00", "accounts": "2026-05-20 18:00"}
    assert due(tenant(), "2026-05-21 07:31", **asked) == ("gl_activity", "inventory", "accounts")
    asked = dict.fromkeys(asked, "2026-05-21 07:31")
    assert due(tenant(), "2026-05-21 07:32", **asked) == ()


@pytest.mark.parametrize("now", ["2026-05-20 10:15", "2026-05-04 10:15"])
def test_a_paused_tenant_is_never_due(now: str):
    paused = tenant(paused=True, because="The model is being rebuilt.")
    assert due(paused, now) == ()
    assert runs(paused, now) == []


def test_open_periods_are_read_whole_each_night():
    assert runs(tenant(), "2026-05-20 10:00") == [("FY2026-P05", "whole read", "2026-05-20 00:00")]


def test_in_a_close_two_periods_are_open():
    assert runs(tenant(), "2026-05-05 10:00") == [
        ("FY2026-P04", "whole read", "2026-05-05 00:00"),
        ("FY2026-P05", "whole read", "2026-05-05 00:00"),
    ]


def test_the_opening_of_a_close_stands_before_the_whole_read_of_that_night():
    assert runs(tenant(), "2026-04-29 00:01") == [("FY2026-P04", "opening", "2026-04-29 00:00")]


def test_the_final_load_and_its_making_up():
    final = ("FY2026-P04", "final load", "2026-05-08 17:00")
    assert final not in runs(tenant(), "2026-05-08 16:59")
    for now in ("2026-05-08 17:00", "2026-05-08 18:00", "2026-05-15 17:00"):
        assert final in runs(tenant(), now)
    assert [period for period, *_ in runs(tenant(), "2026-05-16 10:00")] == ["FY2026-P05"]


def test_a_period_s_first_whole_read_is_that_of_its_first_day():
    assert ("FY2026-P06", "whole read", "2026-06-01 00:00") in runs(tenant(), "2026-06-01 00:00")
    rare = tenant(full_every="7d")
    assert "FY2026-P06" not in [period for period, *_ in runs(rare, "2026-06-01 12:00")]


def test_the_same_occasion_has_the_same_key():
    keys = {
        run.key
        for now in ("2026-05-20 10:00", "2026-05-20 23:59")
        for run in due_close_runs(tenant(), CALENDAR, at(now))
    }
    assert len(keys) == 1
