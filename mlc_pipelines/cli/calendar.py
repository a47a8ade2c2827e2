"""`mlc calendar`: fiscal periods with their days, beside the ERP's own; close windows; what is asked for when."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from mlc_pipelines.cli.calendar_file import calendar_file
from mlc_pipelines.cli.output import JsonFlag, out, print_json, print_table
from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import FiscalCalendar, Period
from mlc_pipelines.flows.landing.calendar import Comparison, compare
from mlc_pipelines.flows.polling.due import cadence, is_closing, moments
from mlc_pipelines.flows.runtime import Runtime

_COMING = 5


def calendar(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")],
    year: Annotated[
        int | None, typer.Option("--year", metavar="N", help="Only this fiscal year; all when left out.")
    ] = None,
    ics: Annotated[
        Path | None,
        typer.Option("--ics", metavar="FILE", help="Write the closes as an iCalendar file to subscribe to."),
    ] = None,
    *,
    json: JsonFlag = False,
) -> None:
    """Fiscal periods with their days and close windows, beside the ERP's own periods; what is asked for when."""
    runtime = Runtime.from_environment()
    found = runtime.tenant(tenant)
    fiscal, now = runtime.calendar(found), runtime.clock.now()
    years = sorted({period.year for period in fiscal.periods})
    if year is not None and year not in years:
        hint = f"It has {years[0]} to {years[-1]}."
        raise ConfigurationError(f"Calendar {fiscal.name} has no fiscal year {year}.", hint=hint)
    shown = [period for period in fiscal.periods if year in (None, period.year)]
    if ics is not None:
        _write(ics, calendar_file(tenant, fiscal, shown))
    with runtime.source(found) as source:
        periods = source.periods()
    compared = {each.period.key: each for each in compare(fiscal, periods or (), year)}
    rows = [_row(fiscal, period, compared.get(period.key), now) for period in shown]
    polls = [] if found.schedule.paused else _polls(found, list(runtime.erp(found).entities.values()), fiscal, now)
    differing = [each.difference for each in compared.values() if each.difference]
    if json:
        print_json(
            {
                "tenant": tenant,
                "calendar": fiscal.name,
                "periods": rows,
                "polls": polls,
                "paused": found.schedule.because if found.schedule.paused else None,
                "differences": differing,
            }
        )
    else:
        _print(found, fiscal, rows, polls, told=periods is not None)
    if differing:
        raise ConfigurationError("The calendar differs from the ERP's:", hint="\n  ".join(differing))


def _print(
    tenant: Tenant, fiscal: FiscalCalendar, rows: list[dict[str, Any]], polls: list[dict[str, Any]], *, told: bool
) -> None:
    columns = [
        ("period", "Period"),
        ("start", "First day"),
        ("end", "Last day"),
        ("state", "State"),
        ("erp", "In the ERP"),
        ("opens", "Close opens"),
        ("final_load", "Final load"),
        ("closes", "Closes"),
    ]
    print_table(f"{tenant.tenant}: calendar {fiscal.name}", columns, rows)
    if not told:
        out.print("The ERP doesn't tell the days of its periods.")
    if tenant.schedule.paused:
        out.say(f"{tenant.tenant} is paused:", f" {tenant.schedule.because}", style="bold")
        return
    columns = [("entity", "Entity"), ("every", "Asked for"), ("shown", "Next")]
    shown = [{**poll, "shown": ", ".join(each[5:16] for each in poll["next"])} for poll in polls]
    print_table(f"Asked for, by the clocks of {fiscal.timezone.key}", columns, shown)


def _row(fiscal: FiscalCalendar, period: Period, compared: Comparison | None, now: datetime) -> dict[str, Any]:
    window = fiscal.close_window(period)
    close = {"opens": window.opens, "final_load": window.final_load, "closes": window.closes}
    return {
        "period": period.key,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "adjustment": period.adjustment,
        "state": fiscal.close_state(period, now).value,
        "erp": ", ".join(map(str, compared.found)) if compared else "",
        **{name: _shown(moment) for name, moment in close.items()},
    }


def _polls(tenant: Tenant, entities: list[Entity], fiscal: FiscalCalendar, now: datetime) -> list[dict[str, Any]]:
    closing = is_closing(fiscal, now)
    return [
        {
            "entity": entity.name,
            "every": str(every),
            "next": [_shown(moment) for moment in islice(moments(every, now, fiscal), _COMING)],
        }
        for entity in entities
        if entity.name in tenant.loads
        for every in [cadence(tenant, entity, closing=closing)]
    ]


def _shown(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{path} can't be written: {error.strerror}.", hint="Choose another place.") from None
