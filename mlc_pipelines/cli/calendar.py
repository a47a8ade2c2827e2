"""`mlc calendar`: fiscal periods with their days, beside the ERP's own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mlc_pipelines.cli.output import JsonFlag, out, print_json, print_table
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import FiscalCalendar, Period
from mlc_pipelines.flows.landing.calendar import Comparison, compare
from mlc_pipelines.flows.runtime import Runtime


def calendar(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")],
    year: Annotated[
        int | None, typer.Option("--year", metavar="N", help="Only this fiscal year; all when left out.")
    ] = None,
    *,
    json: JsonFlag = False,
) -> None:
    """Fiscal periods with their days and close windows, beside the ERP's own periods."""
    runtime = Runtime.from_environment()
    found = runtime.tenant(tenant)
    fiscal = runtime.calendar(found)
    years = sorted({period.year for period in fiscal.periods})
    if year is not None and year not in years:
        hint = f"It has {years[0]} to {years[-1]}."
        raise ConfigurationError(f"Calendar {fiscal.name} has no fiscal year {year}.", hint=hint)
    with runtime.source(found) as source:
        periods = source.periods()
    compared = {each.period.key: each for each in compare(fiscal, periods or (), year)}
    shown = [period for period in fiscal.periods if year in (None, period.year)]
    rows = [_row(fiscal, period, compared.get(period.key)) for period in shown]
    differing = [each.difference for each in compared.values() if each.difference]
    if json:
        print_json({"tenant": tenant, "calendar": fiscal.name, "periods": rows, "differences": differing})
    else:
        columns = [
            ("period", "Period"),
            ("start", "First day"),
            ("end", "Last day"),
            ("erp", "In the ERP"),
            ("opens", "Close opens"),
            ("final_load", "Final load"),
            ("closes", "Closes"),
        ]
        print_table(f"{tenant}: calendar {fiscal.name}", columns, rows)
        if periods is None:
            out.print("The ERP doesn't tell the days of its periods.")
    if differing:
        raise ConfigurationError("The calendar differs from the ERP's:", hint="\n  ".join(differing))


def _row(fiscal: FiscalCalendar, period: Period, compared: Comparison | None) -> dict[str, Any]:
    window = fiscal.close_window(period)
    moments = {"opens": window.opens, "final_load": window.final_load, "closes": window.closes}
    return {
        "period": period.key,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "adjustment": period.adjustment,
        "erp": ", ".join(map(str, compared.found)) if compared else "",
        **{name: moment.isoformat(sep=" ", timespec="minutes") for name, moment in moments.items()},
    }
