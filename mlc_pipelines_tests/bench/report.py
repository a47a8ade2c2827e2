"""The tables at the end."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from mlc_pipelines_tests.bench.measure import Measured, middle


def measurements_table(title: str, unit: str) -> Table:
    """An empty table for `add_measurements`; `unit` is what is counted per second."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for header in (f"{unit}/s", "seconds", "least - most", "CPU s", "peak MB", "of that imports", "requests"):
        table.add_column(header, justify="right")
    return table


def add_measurements(table: Table, name: str, measured: Sequence[Measured], amount: float) -> None:
    """A row of medians; `amount` in the table's unit."""
    found = list(measured)
    seconds = [each.seconds for each in found]
    requests = found[0].figures.get("requests")
    table.add_row(
        name,
        f"{amount / middle(found):,.0f}",
        f"{middle(found):.2f}",
        f"{min(seconds):.2f} - {max(seconds):.2f}",
        f"{middle(found, 'cpu_seconds'):.2f}",
        f"{middle(found, 'peak_mb'):.0f}",
        f"{middle(found, 'base_mb'):.0f}",
        "" if requests is None else f"{requests:,}",
    )


def add_note(table: Table, text: str) -> None:
    """A line below the table, in full length."""
    table.caption = f"{table.caption}\n{text}" if table.caption else text
    table.caption_justify = "left"


def print_tables(tables: Sequence[Table]) -> None:
    """All of them, on stdout."""
    console = Console(width=130, highlight=False)
    for table in tables:
        console.print()
        console.print(table)
