"""What commands print: tables and words for people on a terminal, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mlc_pipelines.errors import ConfigurationError, MlcError
from mlc_pipelines.redaction import redact

JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else there.")]

# A file or a pipe has no width of its own: tables are as wide as they need.
out = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, soft_wrap=True)


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")


def complain(error: MlcError) -> None:
    """An error for people, on stderr."""
    err.print(f"[bold red]Error:[/] {escape(redact(error.message))}")
    if isinstance(error, ConfigurationError):
        for fault in error.faults:
            err.print(f"  [red]•[/] {escape(redact(str(fault)))}")
    if error.hint:
        err.print(f"  {escape(redact(error.hint))}")
    if error.request_id:
        err.print(f"  Request id for the vendor's support: {escape(error.request_id)}")


def print_table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]) -> None:
    """A table on stdout.

    Args:
        title: above it.
        columns: key of the rows and heading; a heading that ends with `>` is set to the right.
        rows: values by key; missing ones stay empty.
    """
    table = Table(title=title, title_justify="left", title_style="bold")
    for _, heading in columns:
        table.add_column(heading.removesuffix(">"), justify="right" if heading.endswith(">") else "left")
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key, _ in columns))
    out.print(table)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "[green]ok[/]" if value else "[bold red]red[/]"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
